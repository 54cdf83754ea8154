#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "codec/pieces.hpp"
#include "codec/text_arena.hpp"

namespace aiokpl::codec {

/// Reads one JSON text (RFC 8259) from front to back: the caller says what it expects next. A function that meets
/// something else returns false and sets the reason, and so do all after it.
class JsonReader {
 public:
  JsonReader(Piece body, TextArena& arena) noexcept
      : at_{reinterpret_cast<const char*>(body.data())}, end_{at_ + body.size()}, arena_{&arena} {}

  bool begin_map();
  bool begin_array();
  /// Reads the next key of the innermost object; the caller then reads or skips its value. False at the object's end,
  /// which closes it.
  bool next_key(std::string_view& key);
  /// Whether the innermost array has another item; false closes it.
  bool next_item();
  /// Null leaves the value empty.
  bool text_or_null(std::string_view& value);
  /// Null reads as 0.
  bool unsigned_or_null(std::uint64_t& value);
  bool skip();
  /// Whether nothing but white space follows.
  bool finish();

  [[nodiscard]] bool failed() const noexcept { return !reason_.empty(); }
  [[nodiscard]] std::string_view reason() const noexcept { return reason_; }

 private:
  static constexpr std::size_t max_depth = 32;

  bool fail(std::string_view reason) noexcept;
  /// The next character that is no white space, not taken; 0 at the end (a 0 in the text is an error anywhere).
  char peek() noexcept;
  bool take(char wanted, std::string_view mismatch) noexcept;
  bool take_word(std::string_view word) noexcept;
  bool begin(char bracket, std::string_view mismatch) noexcept;
  bool next_in_container(char closing) noexcept;
  bool read_string(std::string_view& value);
  bool decode_escapes(const char* begin, std::string_view& value);
  bool read_escape(char*& out) noexcept;
  bool read_code_point(char*& out) noexcept;
  bool read_hex(std::uint32_t& value) noexcept;
  bool skip_number() noexcept;
  bool skip_digits() noexcept;

  const char* at_;
  const char* end_;
  TextArena* arena_;
  std::array<bool, max_depth> has_members_{};  // of the open containers
  std::size_t depth_ = 0;
  std::string_view reason_;
};

}  // namespace aiokpl::codec
