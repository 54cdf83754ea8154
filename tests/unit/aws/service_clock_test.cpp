#include "aws/service_clock.hpp"

#include <gtest/gtest.h>

namespace aiokpl::aws {
namespace {

using namespace std::chrono_literals;

constexpr auto noon = std::chrono::sys_days{std::chrono::year{2026} / 1 / 2} + 12h;
constexpr const char* one_o_clock = "Fri, 02 Jan 2026 13:00:00 GMT";

TEST(ServiceClock, IsLearntFromARefusedDate) {
  for (const char* code :
       {"InvalidSignatureException", "SignatureDoesNotMatch", "RequestTimeTooSkewed", "RequestExpired"}) {
    ServiceClock clock;
    EXPECT_EQ(clock.now(noon), noon);
    EXPECT_TRUE(clock.learn(code, one_o_clock, noon, 0s)) << code;
    EXPECT_EQ(clock.now(noon), noon + 1h);
    EXPECT_EQ(clock.words(), "this machine's clock is 3600 s behind the service's");
  }
  ServiceClock early;
  EXPECT_TRUE(early.learn("InvalidSignatureException", one_o_clock, noon + 65min, 0s));
  EXPECT_EQ(early.words(), "this machine's clock is 300 s ahead of the service's");
}

TEST(ServiceClock, LearnsNothingElsewhere) {
  ServiceClock clock;
  EXPECT_FALSE(clock.learn("AccessDeniedException", one_o_clock, noon, 0s));
  EXPECT_FALSE(clock.learn("InvalidSignatureException", "", noon, 0s));
  EXPECT_FALSE(clock.learn("InvalidSignatureException", "yesterday", noon, 0s));
  // A wrong key: the service says the same of it, at the right time.
  EXPECT_FALSE(clock.learn("InvalidSignatureException", one_o_clock, noon + 63min, 0s));
  EXPECT_FALSE(clock.learn("InvalidSignatureException", one_o_clock, noon + 57min, 0s));
  EXPECT_EQ(clock.skew(), 0s);
}

TEST(ServiceClock, CountsFromWhatTheRequestWasDatedWith) {
  ServiceClock clock;
  EXPECT_TRUE(clock.learn("InvalidSignatureException", one_o_clock, noon, 0s));
  // One that was under way meanwhile, with the old date; and one with the new, whose key is wrong.
  EXPECT_TRUE(clock.learn("InvalidSignatureException", one_o_clock, noon, 0s));
  EXPECT_FALSE(clock.learn("InvalidSignatureException", one_o_clock, noon, 1h));
  // The machine's clock is put right.
  EXPECT_TRUE(clock.learn("InvalidSignatureException", one_o_clock, noon + 1h, 1h));
  EXPECT_EQ(clock.skew(), 0s);
}

}  // namespace
}  // namespace aiokpl::aws
