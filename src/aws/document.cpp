#include "aws/document.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <openssl/evp.h>

#include "codec/utf8.hpp"

namespace aiokpl::aws {
namespace {

constexpr std::size_t max_depth = 64;

std::string base64(const std::vector<std::uint8_t>& bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock ends it with a zero
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

bool holds_binary(const nlohmann::json& value) {
  if (value.is_binary()) return true;
  if (!value.is_structured()) return false;
  for (const auto& element : value) {
    if (holds_binary(element)) return true;
  }
  return false;
}

void binary_to_base64(nlohmann::json& value) {
  if (value.is_binary()) {
    value = base64(value.get_binary());
  } else if (value.is_structured()) {
    for (auto& element : value)
      binary_to_base64(element);
  }
}

/// Text that is no UTF-8 is for the service to refuse; it must not throw here.
std::string dump(const nlohmann::json& document) {
  return document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// A walk over CBOR items that keeps one number for each open level. nlohmann's reader recurses, and does not know the
/// tags that stand for times: it gets to see only what passed here.
class TagStripper {
 public:
  TagStripper(std::string_view bytes, std::size_t limit) : bytes_{bytes}, limit_{limit} {}

  std::optional<std::string> run() {
    open_.push_back(1);
    while (!open_.empty()) {
      if (open_.back() == 0) {
        open_.pop_back();
      } else if (!item()) {
        return std::nullopt;
      }
    }
    if (position_ != bytes_.size()) return std::nullopt;
    stripped_.append(bytes_.substr(kept_from_));
    return std::move(stripped_);
  }

 private:
  static constexpr std::uint64_t indefinite = ~std::uint64_t{0};
  /// CBOR writes -1 - n as n.
  static constexpr std::uint64_t lowest_negative = std::numeric_limits<std::int64_t>::max();

  bool item() {
    if (position_ >= bytes_.size()) return false;
    const std::size_t start = position_;
    const auto first = static_cast<unsigned char>(bytes_[position_++]);
    const unsigned major = first >> 5U;
    const unsigned info = first & 31U;
    if (first == 0xFF) {
      if (open_.back() != indefinite) return false;
      open_.back() = 0;
      return true;
    }
    std::uint64_t argument = info;
    if (info != 31 && !read_argument(info, argument)) return false;
    if (info == 31 && (major < 2 || major > 5)) return false;
    if (major == 6) {
      // A tag belongs to the item behind it, which is counted in its place and has to be there.
      stripped_.append(bytes_.substr(kept_from_, start - kept_from_));
      kept_from_ = position_;
      return position_ < bytes_.size() && static_cast<unsigned char>(bytes_[position_]) != 0xFF;
    }
    if (open_.back() != indefinite) --open_.back();
    // nlohmann's reader has no number that low, and makes another one of it.
    if (major == 1 && argument > lowest_negative) return false;
    if (major == 2 || major == 3) return info == 31 ? chunks(major) : string(major, argument);
    if (major == 4 || major == 5) return open(info, argument, major == 5);
    return true;
  }

  bool read_argument(unsigned info, std::uint64_t& argument) {
    if (info < 24) return true;
    if (info > 27) return false;
    const std::size_t width = std::size_t{1} << (info - 24);
    if (bytes_.size() - position_ < width) return false;
    argument = 0;
    for (std::size_t i = 0; i < width; ++i) {
      argument = argument << 8U | static_cast<unsigned char>(bytes_[position_++]);
    }
    return true;
  }

  /// nlohmann's reader does not look whether a text of CBOR is one; in JSON it does.
  bool string(unsigned major, std::uint64_t size) {
    if (bytes_.size() - position_ < size) return false;
    const std::string_view content = bytes_.substr(position_, static_cast<std::size_t>(size));
    position_ += content.size();
    return major == 2 || codec::valid_utf8(content);
  }

  /// The pieces of a string of unknown length: definite strings of the same kind.
  bool chunks(unsigned major) {
    while (position_ < bytes_.size()) {
      const auto first = static_cast<unsigned char>(bytes_[position_++]);
      if (first == 0xFF) return true;
      std::uint64_t size = first & 31U;
      if (first >> 5U != major || !read_argument(first & 31U, size) || !string(major, size)) return false;
    }
    return false;
  }

  bool open(unsigned info, std::uint64_t count, bool map) {
    if (open_.size() > limit_) return false;
    if (info == 31) {
      open_.push_back(indefinite);
      return true;
    }
    // Every item takes a byte, so that a larger count is a lie; this also keeps the doubling from overflowing.
    if (count > bytes_.size()) return false;
    open_.push_back(map ? 2 * count : count);
    return true;
  }

  std::string_view bytes_;
  std::size_t limit_;
  std::size_t position_ = 0;
  std::size_t kept_from_ = 0;  // all before is in stripped_, or was a tag
  std::string stripped_;
  std::vector<std::uint64_t> open_;  // items still to come on each level
};

}  // namespace

std::optional<std::string> strip_cbor_tags(std::string_view bytes, std::size_t depth) {
  return TagStripper{bytes, depth}.run();
}

bool ends_early(std::string_view json) noexcept {
  return json.find('\0') != std::string_view::npos;
}

std::string_view content_type_of(WireProtocol protocol) noexcept {
  return protocol == WireProtocol::cbor ? "application/x-amz-cbor-1.1" : "application/x-amz-json-1.1";
}

std::string write_document(const nlohmann::json& document, WireProtocol protocol) {
  std::string body;
  if (protocol == WireProtocol::cbor) {
    nlohmann::json::to_cbor(document, body);
  } else if (holds_binary(document)) {
    nlohmann::json text = document;
    binary_to_base64(text);
    body = dump(text);
  } else {
    body = dump(document);
  }
  return body;
}

std::optional<nlohmann::json> read_document(std::string_view body, WireProtocol protocol) {
  nlohmann::json document;
  if (protocol == WireProtocol::json) {
    if (ends_early(body)) return std::nullopt;
    using Event = nlohmann::json::parse_event_t;
    std::size_t deepest = 0;
    // nlohmann reads text without recursion; what is too deep is left out, and refused below.
    document = nlohmann::json::parse(
        body,
        [&deepest](int around, Event event, nlohmann::json&) {
          const bool opens = event == Event::object_start || event == Event::array_start;
          const std::size_t depth = static_cast<std::size_t>(around) + (opens ? 1 : 0);
          deepest = std::max(deepest, depth);
          return depth <= max_depth;
        },
        false);
    if (deepest > max_depth) return std::nullopt;
  } else {
    const auto stripped = strip_cbor_tags(body, max_depth);
    if (!stripped) return std::nullopt;
    document = nlohmann::json::from_cbor(*stripped, true, false);
  }
  if (document.is_discarded()) return std::nullopt;
  return document;
}

std::optional<nlohmann::json> read_document(std::string_view body, std::string_view content_type) {
  if (content_type.find("cbor") != std::string_view::npos) return read_document(body, WireProtocol::cbor);
  if (content_type.find("json") != std::string_view::npos) return read_document(body, WireProtocol::json);
  const std::size_t first = body.find_first_not_of(" \t\r\n");
  const bool text = first != std::string_view::npos && body[first] == '{';
  return read_document(body, text ? WireProtocol::json : WireProtocol::cbor);
}

}  // namespace aiokpl::aws
