#pragma once

#include <string>

#include <gtest/gtest.h>
#include <zlib.h>

namespace aiokpl::test {

/// What a body with Content-Encoding: gzip or deflate holds.
inline std::string inflated(const std::string& packed) {
  constexpr int either_format = 15 + 32;
  std::string plain(std::size_t{8} << 20, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, either_format), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(plain.data());
  stream.avail_out = static_cast<uInt>(plain.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  plain.resize(stream.total_out);
  inflateEnd(&stream);
  return plain;
}

}  // namespace aiokpl::test
