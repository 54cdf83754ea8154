#include "cli/compression.hpp"

#include <random>

#include <gtest/gtest.h>

namespace aiokpl::cli {
namespace {

class CompressionTest : public testing::TestWithParam<Compression> {};

std::string noise(std::size_t size) {
  std::mt19937 random{7};
  std::string bytes(size, '\0');
  for (char& byte : bytes)
    byte = static_cast<char>(random());
  return bytes;
}

TEST_P(CompressionTest, EveryRecordComesBack) {
  Compressor compressor{GetParam()};
  for (const std::string& data : {std::string{}, std::string{"x"}, std::string(500'000, 'a'), noise(300'000)}) {
    const std::string packed = compressor.compress(data);
    EXPECT_EQ(detect_compression(packed), GetParam());
    EXPECT_EQ(decompress(packed, GetParam()), data);
  }
}

TEST_P(CompressionTest, RefusesEveryTruncation) {
  const std::string packed = Compressor{GetParam()}.compress("a text that is worth it, a text that is worth it");
  for (std::size_t size = 0; size < packed.size(); ++size)
    EXPECT_FALSE(decompress(packed.substr(0, size), GetParam()).has_value()) << size;
}

TEST_P(CompressionTest, RefusesWhatFollowsAndWhatIsTooLarge) {
  const std::string packed = Compressor{GetParam()}.compress(std::string(100'000, 'a'));
  EXPECT_FALSE(decompress(packed + "trailing", GetParam()).has_value());
  EXPECT_FALSE(decompress(packed, GetParam(), 99'999).has_value());
  EXPECT_TRUE(decompress(packed, GetParam(), 100'000).has_value());
}

INSTANTIATE_TEST_SUITE_P(Kinds, CompressionTest, testing::Values(Compression::gzip, Compression::zstd));

TEST(Compression, KnowsItsBeginnings) {
  EXPECT_EQ(detect_compression("plain text"), Compression::none);
  EXPECT_EQ(detect_compression(""), Compression::none);
  EXPECT_EQ(detect_compression("\x1f\x8b"), Compression::none);
}

}  // namespace
}  // namespace aiokpl::cli
