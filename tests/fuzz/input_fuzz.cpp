// Input of `put`, cut into pieces: the cuts are where a plain reading of the whole puts them, however little of the
// input is there at a time; reading it as a file gives the same.
#include <cstdint>
#include <string>
#include <vector>

#include "cli/input.hpp"
#include "tests/fuzz/fuzz_input.hpp"
#include "tests/fuzz/memory_file.hpp"
#include "tests/fuzz/property.hpp"

namespace aiokpl::fuzz {
namespace {

using cli::Cut;
using cli::Framing;

/// A piece, or what stands for one that is too long or broken.
struct Cutting {
  bool readable = true;
  std::string bytes;
  friend bool operator==(const Cutting&, const Cutting&) = default;
};

constexpr std::size_t shown_of_unreadable = 1024;

std::vector<Cutting> plain_lines(std::string_view text, std::size_t limit) {
  std::vector<Cutting> lines;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    lines.push_back({.readable = line.size() <= limit, .bytes = std::string{line}});
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return lines;
}

std::vector<Cutting> plain_prefixed(std::string_view text, std::size_t limit) {
  std::vector<Cutting> pieces;
  while (!text.empty()) {
    std::uint64_t size = 0;
    for (const char c : text.substr(0, 4))
      size = size << 8U | static_cast<unsigned char>(c);
    const bool whole = text.size() >= 4 && size <= limit && size <= text.size() - 4;
    pieces.push_back({.readable = whole, .bytes = std::string{whole ? text.substr(4, size) : text}});
    text.remove_prefix(whole ? 4 + size : text.size());
  }
  return pieces;
}

/// Fed as it comes in, `step` bytes at a time. Only what is readable: of a line that is too long a part may be told
/// before its end is known.
std::vector<std::string> fed(std::string_view text, Framing framing, std::size_t limit, std::size_t step) {
  std::vector<std::string> pieces;
  std::size_t begin = 0;
  bool skipping = false;
  for (std::size_t there = 0;;) {
    const bool at_end = there == text.size();
    const std::string_view rest = text.substr(begin, there - begin);
    const Cut cut = framing == Framing::length_prefixed ? cli::cut_length_prefixed(rest, at_end, limit)
                                                        : cli::cut_line(rest, at_end, limit);
    hold(cut.consumed <= rest.size(), "no more is used than there is");
    hold(inside(cut.bytes, std::as_bytes(std::span{rest})), "a piece lies in the input");
    begin += cut.consumed;
    switch (cut.kind) {
      case Cut::Kind::none:
        hold(at_end && begin == text.size(), "the end is the end");
        return pieces;
      case Cut::Kind::more:
        hold(!at_end && cut.consumed == 0, "more is wanted only where there is more");
        there = std::min(there + step, text.size());
        break;
      case Cut::Kind::broken:
        hold(framing == Framing::length_prefixed, "lines cannot be broken");
        return pieces;
      case Cut::Kind::too_long:
        hold(framing != Framing::length_prefixed && cut.bytes.size() > limit, "too long is longer than allowed");
        skipping = cut.consumed == cut.bytes.size();
        break;
      case Cut::Kind::piece:
        hold(cut.bytes.size() <= limit, "a piece is within the limit");
        if (!skipping) pieces.emplace_back(cut.bytes);
        skipping = false;
        break;
    }
    if (cut.kind == Cut::Kind::too_long && skipping) {
      // What is left of the line is thrown away, as the reader does.
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      begin = std::min(end + 1, text.size());
      there = std::max(there, begin);
      skipping = false;
    }
  }
}

std::vector<Cutting> read_file(std::string_view text, Framing framing, std::size_t limit) {
  const MemoryFile file{text};
  cli::Input input{{file.path()}, framing, -1, limit};
  std::vector<Cutting> all;
  std::vector<cli::Piece> pieces;
  while (input.next(pieces)) {
    hold(!pieces.empty(), "something comes each time");
    for (const cli::Piece& piece : pieces)
      all.push_back({.readable = piece.problem == nullptr, .bytes = std::string{piece.bytes}});
  }
  hold(!input.cut_short(), "nothing stopped it");
  return all;
}

void check(FuzzInput& input) {
  const Framing framing = input.flip() ? Framing::length_prefixed : Framing::lines;
  const std::size_t limit = 1 + input.below(64);
  const std::size_t step = 1 + input.below(32);
  const std::string_view text = input.rest();
  std::vector<Cutting> wanted =
      framing == Framing::length_prefixed ? plain_prefixed(text, limit) : plain_lines(text, limit);
  std::vector<std::string> readable;
  for (Cutting& piece : wanted) {
    if (piece.readable) {
      readable.push_back(piece.bytes);
    } else {
      piece.bytes.resize(std::min(piece.bytes.size(), shown_of_unreadable));
    }
  }
  hold(fed(text, framing, limit, step) == readable, "pieces do not depend on how the input comes in");
  hold(read_file(text, framing, limit) == wanted, "a file is cut where a plain reading cuts it");
}

}  // namespace
}  // namespace aiokpl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  aiokpl::fuzz::FuzzInput input{data, size};
  aiokpl::fuzz::check(input);
  return 0;
}
