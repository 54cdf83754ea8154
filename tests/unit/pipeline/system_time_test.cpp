#include "pipeline/system_time.hpp"

#include <gtest/gtest.h>

namespace aiokpl::pipeline::test {
namespace {

using namespace std::chrono_literals;

TEST(SystemTimeTest, MomentsKeepTheirDistance) {
  const TimePoint start{1'000h};
  const std::chrono::system_clock::time_point system_start{400'000h};
  const SystemTime system_time{system_start, start};
  EXPECT_EQ(system_time.at(start), system_start);
  EXPECT_EQ(system_time.at(start + 3s), system_start + 3s);
  EXPECT_EQ(system_time.at(start - 1s), system_start - 1s) << "what began before the look at the clocks";
}

}  // namespace
}  // namespace aiokpl::pipeline::test
