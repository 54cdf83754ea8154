#include "emulator/cbor_reader.hpp"

#include <string>

#include "codec/utf8.hpp"
#include "emulator/put_request.hpp"
#include "emulator/serialization_error.hpp"

namespace aiokpl::emulator {
namespace {

constexpr int deepest = 64;
constexpr unsigned null_info = 22;

const char* kind_of(unsigned major, unsigned info) noexcept {
  switch (major) {
    case 0:
    case 1:
      return "NUMBER_VALUE";
    case 2:
      return "BINARY_VALUE";
    case 3:
      return "STRING_VALUE";
    case 4:
      return "Start of list";
    case 5:
      return "Start of structure or map";
    default:
      return info == 20 ? "FALSE_VALUE" : info == 21 ? "TRUE_VALUE" : "NUMBER_VALUE";
  }
}

}  // namespace

void CborReader::null_name() {
  throw_unreadable("A member without a name");
}

void CborReader::enter() {
  if (++depth_ > deepest) throw_unreadable("Nested too deeply");
}

void CborReader::finish() const {
  if (position_ != end_) throw_unreadable("Bytes after the end of the request");
}

CborReader::Head CborReader::head() {
  for (;;) {
    if (position_ == end_) throw_unreadable("The request ends early");
    const auto initial = static_cast<unsigned char>(*position_++);
    Head head{static_cast<unsigned>(initial >> 5U), initial & 31U, initial & 31U, false};
    if (head.info >= 24 && head.info <= 27) {
      head.value = 0;
      for (const char c : take(std::uint64_t{1} << (head.info - 24))) {
        head.value = (head.value << 8U) | static_cast<unsigned char>(c);
      }
    } else if (head.info == 31 && head.major >= 2 && head.major != 6) {
      head.indefinite = true;
    } else if (head.info >= 28) {
      throw_unreadable("Not CBOR");
    }
    // Tags say nothing here that the member's name does not.
    if (head.major != 6) return head;
  }
}

std::string_view CborReader::take(std::uint64_t size) {
  if (size > static_cast<std::uint64_t>(end_ - position_)) throw_unreadable("The request ends early");
  const std::string_view bytes{position_, static_cast<std::size_t>(size)};
  position_ += size;
  return bytes;
}

bool CborReader::at_break() {
  if (position_ == end_) throw_unreadable("The request ends early");
  if (*position_ != '\xFF') return false;
  ++position_;
  return true;
}

std::optional<CborReader::Head> CborReader::begin(unsigned major, const char* wanted) {
  const Head found = head();
  if (found.major == 7 && found.info == null_info) return std::nullopt;
  if (found.major != major) throw_wrong_type(kind_of(found.major, found.info), wanted);
  enter();
  return found;
}

std::string_view CborReader::string_of(const Head& head) {
  if (!head.indefinite) return take(head.value);
  std::string joined;
  while (!at_break()) {
    const Head chunk = this->head();
    if (chunk.major != head.major || chunk.indefinite) throw_unreadable("Not CBOR");
    joined += take(chunk.value);
  }
  return owner_.own(std::move(joined));
}

std::optional<std::string_view> CborReader::text() {
  const Head found = head();
  if (found.major == 7 && found.info == null_info) return std::nullopt;
  if (found.major != 3) throw_wrong_type(kind_of(found.major, found.info), "a String");
  const std::string_view value = string_of(found);
  if (!codec::valid_utf8(value)) throw_unreadable("Invalid UTF-8");
  return value;
}

std::optional<CborReader::Data> CborReader::data() {
  const Head found = head();
  if (found.major == 7 && found.info == null_info) return std::nullopt;
  if (found.major != 2) throw_wrong_type(kind_of(found.major, found.info), "a ByteBuffer");
  const std::string_view value = string_of(found);
  return Data{value, value.size()};
}

std::optional<bool> CborReader::boolean() {
  const Head found = head();
  if (found.major == 7 && found.info == null_info) return std::nullopt;
  if (found.major != 7 || (found.info != 20 && found.info != 21)) {
    throw_wrong_type(kind_of(found.major, found.info), "a Boolean");
  }
  return found.info == 21;
}

void CborReader::skip() {
  const Head found = head();
  if (found.major == 2 || found.major == 3) {
    (void)string_of(found);
  } else if (found.major == 4 || found.major == 5) {
    enter();
    for (std::uint64_t i = 0; found.indefinite ? !at_break() : i < found.value; ++i) {
      skip();
      if (found.major == 5) skip();
    }
    leave();
  } else if (found.major == 7 && found.indefinite) {
    throw_unreadable("Not CBOR");
  }
}

}  // namespace aiokpl::emulator
