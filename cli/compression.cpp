#include "cli/compression.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include <zlib.h>
#include <zstd.h>

namespace aiokpl::cli {
namespace {

constexpr int gzip_window = 15 + 16;  // zlib's way to ask for gzip's header and trailer
constexpr std::size_t step = std::size_t{64} << 10;

// zlib's interface is older than const, and counts in 32 bits; records are far below that.
Bytef* input_of(std::string_view data) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
}
Bytef* output_of(std::string& out, std::size_t offset) {
  return reinterpret_cast<Bytef*>(out.data() + offset);
}

std::optional<std::string> gunzip(std::string_view data, std::size_t limit) {
  z_stream stream{};
  if (inflateInit2(&stream, gzip_window) != Z_OK) throw std::runtime_error{"zlib has no memory"};
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard{&stream, inflateEnd};
  stream.next_in = input_of(data);
  stream.avail_in = static_cast<uInt>(data.size());
  std::string out;
  int status = Z_OK;
  while (status == Z_OK) {
    const std::size_t used = out.size();
    if (used > limit) return std::nullopt;
    out.resize(used + step);
    stream.next_out = output_of(out, used);
    stream.avail_out = static_cast<uInt>(step);
    status = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
    // A file of several members, one behind the other, is gzip too.
    if (status == Z_STREAM_END && stream.avail_in > 0) status = inflateReset(&stream);
  }
  if (status != Z_STREAM_END || out.size() > limit) return std::nullopt;
  return out;
}

std::optional<std::string> unzstd(std::string_view data, std::size_t limit) {
  const std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> context{ZSTD_createDCtx(), ZSTD_freeDCtx};
  if (!context) throw std::runtime_error{"zstd has no memory"};
  ZSTD_inBuffer input{data.data(), data.size(), 0};
  std::string out;
  std::size_t expected = 1;  // 0 when a frame is at its end
  while (input.pos < input.size || expected != 0) {
    const std::size_t used = out.size();
    if (used > limit) return std::nullopt;
    out.resize(used + step);
    ZSTD_outBuffer output{out.data() + used, step, 0};
    const std::size_t before = input.pos;
    expected = ZSTD_decompressStream(context.get(), &output, &input);
    if (ZSTD_isError(expected) != 0) return std::nullopt;
    out.resize(used + output.pos);
    if (output.pos == 0 && input.pos == before && expected != 0) return std::nullopt;  // cut off
  }
  if (out.size() > limit) return std::nullopt;
  return out;
}

}  // namespace

struct Compressor::State {
  z_stream gzip{};
  bool gzip_ready = false;
  std::unique_ptr<ZSTD_CCtx, std::size_t (*)(ZSTD_CCtx*)> zstd{nullptr, ZSTD_freeCCtx};

  ~State() {
    if (gzip_ready) deflateEnd(&gzip);
  }
};

Compressor::Compressor(Compression kind) : kind_{kind}, state_{std::make_unique<State>()} {
  if (kind == Compression::zstd) {
    state_->zstd.reset(ZSTD_createCCtx());
    if (!state_->zstd) throw std::runtime_error{"zstd has no memory"};
  }
  if (kind != Compression::gzip) return;
  constexpr int memory_level = 8;  // zlib's default
  if (deflateInit2(&state_->gzip, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window, memory_level, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    throw std::runtime_error{"zlib has no memory"};
  }
  state_->gzip_ready = true;
}

Compressor::~Compressor() = default;

std::string Compressor::compress(std::string_view data) {
  if (kind_ == Compression::none) return std::string{data};
  if (kind_ == Compression::zstd) {
    std::string out(ZSTD_compressBound(data.size()), '\0');
    const std::size_t size =
        ZSTD_compressCCtx(state_->zstd.get(), out.data(), out.size(), data.data(), data.size(), ZSTD_CLEVEL_DEFAULT);
    if (ZSTD_isError(size) != 0) throw std::runtime_error{std::string{"zstd: "} + ZSTD_getErrorName(size)};
    out.resize(size);
    return out;
  }
  z_stream& stream = state_->gzip;
  deflateReset(&stream);
  std::string out(deflateBound(&stream, static_cast<uLong>(data.size())), '\0');
  stream.next_in = input_of(data);
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = output_of(out, 0);
  stream.avail_out = static_cast<uInt>(out.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) throw std::runtime_error{"zlib could not compress a record"};
  out.resize(out.size() - stream.avail_out);
  return out;
}

Compression detect_compression(std::string_view data) noexcept {
  if (data.starts_with("\x1f\x8b\x08")) return Compression::gzip;
  if (data.starts_with("\x28\xb5\x2f\xfd")) return Compression::zstd;
  return Compression::none;
}

std::optional<std::string> decompress(std::string_view data, Compression kind, std::size_t limit) {
  switch (kind) {
    case Compression::gzip:
      return gunzip(data, limit);
    case Compression::zstd:
      return unzstd(data, limit);
    case Compression::none:
      break;
  }
  return std::string{data};
}

}  // namespace aiokpl::cli
