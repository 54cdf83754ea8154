#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "codec/pieces.hpp"
#include "codec/text_arena.hpp"

namespace aiokpl::codec {

/// Reads one CBOR item from front to back: the caller says what it expects next. Lengths may be definite or not;
/// tags are skipped. A function that meets something else returns false and sets the reason, and so do all after it.
class CborReader {
 public:
  CborReader(Piece body, TextArena& arena) noexcept
      : at_{body.data()}, end_{body.data() + body.size()}, arena_{&arena} {}

  bool begin_map();
  bool begin_array();
  /// Reads the next key of the innermost map; the caller then reads or skips its value. A key that is no text comes
  /// as empty text. False at the map's end, which closes it.
  bool next_key(std::string_view& key);
  /// Whether the innermost array has another item; false closes it.
  bool next_item();
  /// Null leaves the value empty.
  bool text_or_null(std::string_view& value);
  /// Null reads as 0.
  bool unsigned_or_null(std::uint64_t& value);
  bool skip();
  /// Whether the body ends here.
  bool finish();

  [[nodiscard]] bool failed() const noexcept { return !reason_.empty(); }
  [[nodiscard]] std::string_view reason() const noexcept { return reason_; }

 private:
  struct Head {
    unsigned major = 0;
    bool indefinite = false;
    std::uint64_t argument = 0;
    bool null = false;
  };
  struct Container {
    std::uint64_t left = 0;
    bool indefinite = false;
  };
  static constexpr std::size_t max_depth = 32;

  bool fail(std::string_view reason) noexcept;
  bool read_head(Head& head) noexcept;
  bool read_argument(unsigned info, std::uint64_t& argument) noexcept;
  bool read_value_head(Head& head) noexcept;
  bool begin(unsigned major, std::string_view mismatch);
  bool push(const Head& head) noexcept;
  bool next_in_container() noexcept;
  bool read_string(const Head& head, std::string_view& value);
  bool join_chunks(std::string_view& value);
  bool skip_bytes(std::uint64_t size) noexcept;
  bool skip_rest(const Head& head);
  bool skip_chunks(unsigned major) noexcept;

  const std::byte* at_;
  const std::byte* end_;
  TextArena* arena_;
  std::array<Container, max_depth> open_;
  std::size_t depth_ = 0;
  std::string_view reason_;
};

}  // namespace aiokpl::codec
