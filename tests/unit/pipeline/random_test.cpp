#include "pipeline/random.hpp"

#include <gtest/gtest.h>

namespace aiokpl::pipeline::test {
namespace {

TEST(RandomTest, OneSeedGivesOneHistory) {
  Random a{42};
  Random b{42};
  Random c{43};
  EXPECT_EQ(a.next(), b.next());
  EXPECT_NE(a.next(), c.next());
  // The published first output of SplitMix64 for the seed 0.
  EXPECT_EQ(Random{0}.next(), 0xE220A8397B1DCDAFU);
}

TEST(RandomTest, IsEvenBetweenItsBounds) {
  Random random{1};
  double sum = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double value = random.between(2, 4);
    ASSERT_GE(value, 2);
    ASSERT_LT(value, 4);
    sum += value;
  }
  EXPECT_NEAR(sum / 100'000, 3, 0.01);
}

}  // namespace
}  // namespace aiokpl::pipeline::test
