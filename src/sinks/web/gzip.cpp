#include "sinks/web/gzip.hpp"

#include <memory>
#include <stdexcept>

#include <zlib.h>

namespace aiokpl::sinks {

std::string gzip(std::string_view plain) {
  constexpr int gzip_window = 15 + 16;  // zlib's way to ask for gzip's header and trailer
  constexpr int default_memory = 8;
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip_window, default_memory, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    throw std::runtime_error{"zlib has no memory"};
  }
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard{&stream, deflateEnd};
  std::string packed(deflateBound(&stream, plain.size()), '\0');
  // zlib's interface is older than const.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) throw std::runtime_error{"zlib did not end"};
  packed.resize(stream.total_out);
  return packed;
}

}  // namespace aiokpl::sinks
