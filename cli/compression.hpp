#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace aiokpl::cli {

enum class Compression { none, gzip, zstd };

/// Compresses records one by one. It keeps its tables from one record to the next; for one thread.
class Compressor {
 public:
  explicit Compressor(Compression kind);
  ~Compressor();
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;

  [[nodiscard]] Compression kind() const noexcept { return kind_; }
  /// Throws std::runtime_error, which only a lack of memory can cause.
  [[nodiscard]] std::string compress(std::string_view data);

 private:
  struct State;
  Compression kind_;
  std::unique_ptr<State> state_;
};

/// What a record's first bytes say.
[[nodiscard]] Compression detect_compression(std::string_view data) noexcept;

/// A few bytes can stand for terabytes.
inline constexpr std::size_t largest_decompressed = std::size_t{256} << 20;

/// Nothing when the data is broken, cut off, followed by something else, or larger than `limit` when unpacked.
[[nodiscard]] std::optional<std::string> decompress(std::string_view data, Compression kind,
                                                    std::size_t limit = largest_decompressed);

}  // namespace aiokpl::cli
