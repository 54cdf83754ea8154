#pragma once

#include <cstddef>
#include <string_view>

/// Where one record ends and the next begins.
namespace aiokpl::cli {

enum class Framing {
  lines,            ///< Bytes up to a line feed; the last may lack it.
  ndjson,           ///< An object on each line.
  length_prefixed,  ///< Four bytes, big-endian, then as many bytes as they say.
};

/// Far beyond what the service takes, since a record may be compressed before it is put; a bound all the same, for
/// input without line feeds.
inline constexpr std::size_t longest_piece = std::size_t{64} << 20;

/// The first record in what there is.
struct Cut {
  enum class Kind {
    piece,     ///< `bytes` is a whole one.
    more,      ///< More input is needed.
    none,      ///< The input is at its end.
    too_long,  ///< Longer than allowed; what follows it can still be read.
    broken,    ///< Nothing that follows can be told apart.
  };
  Kind kind = Kind::none;
  std::string_view bytes = {};
  /// How much of the input that used up.
  std::size_t consumed = 0;
};

/// `at_end`: nothing comes after `input`. `limit`: longest piece.
[[nodiscard]] Cut cut_line(std::string_view input, bool at_end, std::size_t limit = longest_piece) noexcept;
[[nodiscard]] Cut cut_length_prefixed(std::string_view input, bool at_end, std::size_t limit = longest_piece) noexcept;

}  // namespace aiokpl::cli
