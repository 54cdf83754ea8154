// Records that begin like gzip or zstd are unpacked within a limit; what we compress, we unpack.
#include <cstdint>

#include "cli/compression.hpp"
#include "tests/fuzz/fuzz_input.hpp"
#include "tests/fuzz/property.hpp"

namespace aiokpl::fuzz {
namespace {

using cli::Compression;

void check_unpacking(std::string_view data) {
  constexpr std::size_t limit = std::size_t{1} << 20U;
  for (const Compression kind : {Compression::gzip, Compression::zstd}) {
    const auto unpacked = cli::decompress(data, kind, limit);
    hold(!unpacked || unpacked->size() <= limit, "nothing grows above the limit");
  }
}

void check_packing(std::string_view data) {
  for (const Compression kind : {Compression::none, Compression::gzip, Compression::zstd}) {
    cli::Compressor compressor{kind};
    const std::string packed = compressor.compress(data);
    hold(compressor.compress(data) == packed, "one record leaves nothing behind for the next");
    hold(kind == Compression::none || cli::detect_compression(packed) == kind, "its first bytes tell what it is");
    hold(cli::decompress(packed, kind) == data, "what is packed is unpacked");
    if (kind == Compression::none) continue;
    hold(data.empty() || !cli::decompress(packed, kind, data.size() - 1), "a limit holds");
    hold(!cli::decompress(std::string_view{packed}.substr(0, packed.size() - 1), kind), "what is cut off is refused");
    hold(!cli::decompress(packed + "more", kind), "what is followed by something else is refused");
    // Several members or frames, one behind the other, are one file.
    hold(cli::decompress(packed + packed, kind) == std::string{data} + std::string{data}, "two are joined");
  }
}

}  // namespace
}  // namespace aiokpl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  aiokpl::fuzz::FuzzInput input{data, size};
  if (input.flip()) {
    aiokpl::fuzz::check_packing(input.rest());
  } else {
    aiokpl::fuzz::check_unpacking(input.rest());
  }
  return 0;
}
