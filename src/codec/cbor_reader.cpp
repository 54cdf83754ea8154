#include "codec/cbor_reader.hpp"

#include <cstring>

#include "codec/cbor_writer.hpp"
#include "codec/utf8.hpp"

namespace aiokpl::codec {

namespace {

constexpr std::byte break_byte{0xFF};
constexpr unsigned null_info = 22;
constexpr unsigned undefined_info = 23;

std::string_view as_text(const std::byte* at, std::uint64_t size) noexcept {
  return {reinterpret_cast<const char*>(at), static_cast<std::size_t>(size)};
}

}  // namespace

bool CborReader::fail(std::string_view reason) noexcept {
  if (!failed()) reason_ = reason;
  at_ = end_;
  return false;
}

bool CborReader::read_argument(unsigned info, std::uint64_t& argument) noexcept {
  if (info < 24) {
    argument = info;
    return true;
  }
  const std::ptrdiff_t size = std::ptrdiff_t{1} << (info - 24);
  if (end_ - at_ < size) return fail("the CBOR is truncated");
  argument = 0;
  for (std::ptrdiff_t i = 0; i < size; ++i)
    argument = argument << 8 | static_cast<std::uint64_t>(*at_++);
  return true;
}

bool CborReader::read_head(Head& head) noexcept {
  if (at_ == end_) return fail("the CBOR is truncated");
  const auto first = static_cast<unsigned>(*at_++);
  const unsigned info = first & 31;
  head.major = first >> 5;
  head.indefinite = info == 31;
  head.null = head.major == cbor::simple && (info == null_info || info == undefined_info);
  if (!head.indefinite) return info < 28 ? read_argument(info, head.argument) : fail("a CBOR head is reserved");
  if (head.major == cbor::simple) return fail("a CBOR break stands where a value should");
  const bool may_be_indefinite = head.major >= cbor::bytes && head.major <= cbor::map;
  return may_be_indefinite || fail("a CBOR number has no length");
}

bool CborReader::read_value_head(Head& head) noexcept {
  do {
    if (!read_head(head)) return false;
  } while (head.major == cbor::tag);
  return true;
}

bool CborReader::push(const Head& head) noexcept {
  if (depth_ == max_depth) return fail("the CBOR is nested too deeply");
  open_[depth_++] = {head.argument, head.indefinite};
  return true;
}

bool CborReader::begin(unsigned major, std::string_view mismatch) {
  Head head;
  if (!read_value_head(head)) return false;
  return head.major == major ? push(head) : fail(mismatch);
}

bool CborReader::begin_map() {
  return begin(cbor::map, "something else stands where a map should");
}

bool CborReader::begin_array() {
  return begin(cbor::array, "something else stands where an array should");
}

bool CborReader::next_in_container() noexcept {
  if (failed()) return false;
  Container& container = open_[depth_ - 1];
  if (container.indefinite) {
    if (at_ == end_) return fail("the CBOR is truncated");
    if (*at_ != break_byte) return true;
    ++at_;
  } else if (container.left != 0) {
    --container.left;
    return true;
  }
  --depth_;
  return false;
}

bool CborReader::next_item() {
  return next_in_container();
}

bool CborReader::next_key(std::string_view& key) {
  if (!next_in_container()) return false;
  Head head;
  if (!read_value_head(head)) return false;
  if (head.major == cbor::text) return read_string(head, key);
  key = {};
  return skip_rest(head);
}

bool CborReader::read_string(const Head& head, std::string_view& value) {
  if (head.indefinite) return join_chunks(value);
  const std::byte* const begin = at_;
  if (!skip_bytes(head.argument)) return false;
  value = as_text(begin, head.argument);
  return true;
}

bool CborReader::join_chunks(std::string_view& value) {
  char* const begin = arena_->place();
  std::size_t size = 0;
  while (at_ != end_ && *at_ != break_byte) {
    Head chunk;
    if (!read_head(chunk)) return false;
    if (chunk.major != cbor::text || chunk.indefinite) return fail("a CBOR string has a chunk of another type");
    const std::byte* const from = at_;
    if (!skip_bytes(chunk.argument)) return false;
    if (chunk.argument != 0) std::memcpy(begin + size, from, static_cast<std::size_t>(chunk.argument));
    size += static_cast<std::size_t>(chunk.argument);
  }
  if (at_ == end_) return fail("the CBOR is truncated");
  ++at_;
  arena_->take(size);
  value = {begin, size};
  return true;
}

bool CborReader::text_or_null(std::string_view& value) {
  value = {};
  Head head;
  if (!read_value_head(head)) return false;
  if (head.null) return true;
  if (head.major != cbor::text) return fail("something else stands where text should");
  if (!read_string(head, value)) return false;
  return valid_utf8(value) || fail("a text is not UTF-8");
}

bool CborReader::unsigned_or_null(std::uint64_t& value) {
  Head head;
  if (!read_value_head(head)) return false;
  if (!head.null && head.major != cbor::unsigned_integer) return fail("something else stands where a count should");
  value = head.null ? 0 : head.argument;
  return true;
}

bool CborReader::skip_bytes(std::uint64_t size) noexcept {
  if (static_cast<std::uint64_t>(end_ - at_) < size) return fail("the CBOR is truncated");
  at_ += size;
  return true;
}

bool CborReader::skip() {
  Head head;
  return read_value_head(head) && skip_rest(head);
}

bool CborReader::skip_chunks(unsigned major) noexcept {
  while (at_ != end_ && *at_ != break_byte) {
    Head chunk;
    if (!read_head(chunk)) return false;
    if (chunk.major != major || chunk.indefinite) return fail("a CBOR string has a chunk of another type");
    if (!skip_bytes(chunk.argument)) return false;
  }
  if (at_ == end_) return fail("the CBOR is truncated");
  ++at_;
  return true;
}

bool CborReader::skip_rest(const Head& head) {
  if (head.major == cbor::bytes || head.major == cbor::text) {
    return head.indefinite ? skip_chunks(head.major) : skip_bytes(head.argument);
  }
  if (head.major != cbor::array && head.major != cbor::map) return true;
  if (!push(head)) return false;
  while (next_in_container()) {
    if (head.major == cbor::map && !skip()) return false;
    if (!skip()) return false;
  }
  return !failed();
}

bool CborReader::finish() {
  return at_ == end_ || fail("something follows the CBOR");
}

}  // namespace aiokpl::codec
