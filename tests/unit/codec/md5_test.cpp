#include "codec/md5.hpp"

#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "unit/codec/bytes.hpp"

namespace aiokpl::codec {
namespace {

using testing::bytes_of;
using testing::to_hex;

struct Vector {
  std::string message;
  std::string digest;
};

// The test suite of RFC 1321, and lengths around the borders of a block (from coreutils' md5sum).
const Vector vectors[] = {
    {"", "d41d8cd98f00b204e9800998ecf8427e"},
    {"a", "0cc175b9c0f1b6a831c399e269772661"},
    {"abc", "900150983cd24fb0d6963f7d28e17f72"},
    {"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
    {"abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"},
    {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "d174ab98d277d9f5a5611c2c9f419d9f"},
    {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
     "57edf4a22be3c955ac49da2e2107b67a"},
    {std::string(55, 'x'), "04364420e25c512fd958a70738aa8f72"},
    {std::string(56, 'x'), "668a72d5ba17f08e62dabcafad6db14b"},
    {std::string(63, 'x'), "7dc2ca208106a2f703567bdff99d8981"},
    {std::string(64, 'x'), "c1bb4f81d892b2d57947682aeb252456"},
    {std::string(65, 'x'), "1bc932052302d074bdec39795fe00cf6"},
    {std::string(119, 'x'), "ab347a5f68c8a443cfcddc633f12c24f"},
    {std::string(120, 'x'), "fb98667f98096de92620b64f46e1c5b5"},
    {std::string(128, 'x'), "d69cb61a6ee87200676eb0d4b90edbcb"},
};

TEST(Md5, GivesThePublishedDigests) {
  for (const Vector& vector : vectors)
    EXPECT_EQ(to_hex(md5(bytes_of(vector.message))), vector.digest);
}

TEST(Md5, InPartsOfAnySizeGivesTheSameDigest) {
  std::mt19937_64 random{1};
  std::vector<std::size_t> sizes(131);  // each remainder in one block, in two and in three
  std::iota(sizes.begin(), sizes.end(), 0);
  sizes.push_back(1000);
  for (const std::size_t size : sizes) {
    const testing::Bytes message = testing::random_bytes(random, size);
    for (const std::size_t longest : {1, 7, 64, 200}) {
      Md5 parts;
      for (const Piece piece : testing::random_pieces(random, message, longest))
        parts.update(piece);
      EXPECT_EQ(parts.finish(), md5(message)) << size << " bytes in parts of up to " << longest;
    }
  }
}

}  // namespace
}  // namespace aiokpl::codec
