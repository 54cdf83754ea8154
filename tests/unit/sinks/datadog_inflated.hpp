#pragma once

#include <string>

#include <gtest/gtest.h>
#include <zlib.h>

namespace aiokpl::test {

/// What a body with Content-Encoding: deflate holds.
inline std::string inflated(const std::string& packed) {
  std::string plain(std::size_t{8} << 20, '\0');
  uLongf size = plain.size();
  EXPECT_EQ(uncompress(reinterpret_cast<Bytef*>(plain.data()), &size, reinterpret_cast<const Bytef*>(packed.data()),
                       packed.size()),
            Z_OK);
  plain.resize(size);
  return plain;
}

}  // namespace aiokpl::test
