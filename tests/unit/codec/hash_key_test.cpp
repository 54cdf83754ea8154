#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include <aiokpl/hash_key.hpp>

namespace aiokpl {
namespace {

struct Case {
  HashKey key;
  std::string decimal;
};

const Case cases[] = {
    {{0, 0}, "0"},
    {{0, 9}, "9"},
    {{0, 10}, "10"},
    {{0, 9'999'999'999'999'999'999U}, "9999999999999999999"},
    {{0, 10'000'000'000'000'000'000U}, "10000000000000000000"},
    {{0, ~std::uint64_t{0}}, "18446744073709551615"},
    {{1, 0}, "18446744073709551616"},
    {{0x4B3B4CA85A86C47A, 0x098A224000000000}, "100000000000000000000000000000000000000"},
    {{0x7FFFFFFFFFFFFFFF, ~std::uint64_t{0}}, "170141183460469231731687303715884105727"},
    {{0x8000000000000000, 0}, "170141183460469231731687303715884105728"},
    {HashKey::max(), "340282366920938463463374607431768211455"},
};

TEST(HashKey, ReadsAndWritesDecimalsAtTheBorders) {
  for (const Case& test : cases) {
    EXPECT_EQ(test.key.to_decimal(), test.decimal);
    EXPECT_EQ(HashKey::from_decimal(test.decimal), test.key) << test.decimal;
  }
}

TEST(HashKey, RefusesWhatTheServiceRefuses) {
  for (const char* text : {"", "00", "01", "-1", "+1", " 1", "1 ", "1a", "0x1",
                           "340282366920938463463374607431768211456", "340282366920938463463374607431768211460",
                           "999999999999999999999999999999999999999", "1000000000000000000000000000000000000000"}) {
    EXPECT_EQ(HashKey::from_decimal(text), std::nullopt) << text;
  }
}

TEST(HashKey, OfAPartitionKeyIsItsMd5ReadBigEndian) {
  EXPECT_EQ(md5_hash_key(""), (HashKey{0xd41d8cd98f00b204, 0xe9800998ecf8427e}));
  EXPECT_EQ(md5_hash_key("a"), (HashKey{0x0cc175b9c0f1b6a8, 0x31c399e269772661}));
}

TEST(HashKey, RangesIncludeBothEnds) {
  const HashKeyRange range{{1, 0}, {2, 5}};
  EXPECT_TRUE(range.contains({1, 0}));
  EXPECT_TRUE(range.contains({2, 5}));
  EXPECT_FALSE(range.contains({0, ~std::uint64_t{0}}));
  EXPECT_FALSE(range.contains({2, 6}));
}

}  // namespace
}  // namespace aiokpl
