#include "aws/refresh_schedule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/aws/fake_web.hpp"

namespace aiokpl::aws {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;
using testing::HasSubstr;

constexpr nanoseconds never = RefreshSchedule::never;

/// A schedule, two clocks that go together unless one is set, and dice that always fall the same.
struct World {
  explicit World(double dice = 0) : schedule{"the source", [dice] { return dice; }} {}

  void pass(nanoseconds span) {
    const auto whole = std::chrono::duration_cast<std::chrono::system_clock::duration>(span);
    now.wall += whole;
    now.steady += whole;
  }
  void come(const std::string& key, std::optional<nanoseconds> lifetime) {
    Credentials credentials{.access_key_id = key, .secret_access_key = "s"};
    if (lifetime) {
      credentials.expires = now.wall + std::chrono::duration_cast<std::chrono::system_clock::duration>(*lifetime);
    }
    schedule.started();
    schedule.succeeded(credentials, now);
  }
  void fail(bool temporary = true, bool misconfigured = true) {
    schedule.started();
    schedule.failed({.reason = "it broke", .temporary = temporary, .misconfigured = misconfigured}, now);
  }
  nanoseconds wait() { return schedule.until_fetch(now); }
  /// The key id, or "pending: " or "final: " and the reason.
  std::string says() {
    const CredentialsOutcome outcome = schedule.outcome(now);
    if (outcome) return outcome.credentials->access_key_id;
    EXPECT_FALSE(outcome.pending && outcome.misconfigured);
    return (outcome.pending ? "pending: " : outcome.misconfigured ? "misconfigured: " : "final: ") + outcome.reason;
  }

  RefreshSchedule schedule;
  Moment now{test::fake_now, std::chrono::steady_clock::time_point{100h}};
};

TEST(RefreshSchedule, FetchesAtOnceAndSaysPendingMeanwhile) {
  World world;
  EXPECT_EQ(world.wait(), 0s);
  EXPECT_EQ(world.says(), "pending: those of the source are being fetched");
  world.schedule.started();
  EXPECT_EQ(world.wait(), never) << "one at a time";
  EXPECT_EQ(world.says(), "pending: those of the source are being fetched");
}

TEST(RefreshSchedule, RenewsBetweenFifteenAndTenMinutesAhead) {
  for (const auto& [dice, ahead] : {std::pair{0.0, nanoseconds{15min}}, {0.5, 12min + 30s}, {0.999999, 10min}}) {
    World world{dice};
    world.come("A", 1h);
    EXPECT_EQ(world.says(), "A");
    EXPECT_NEAR(std::chrono::duration<double>(world.wait()).count(), std::chrono::duration<double>(1h - ahead).count(),
                0.01);
    world.pass(world.wait());
    EXPECT_EQ(world.wait(), 0s);
    EXPECT_EQ(world.says(), "A") << "they are good until they expire";
  }
}

TEST(RefreshSchedule, ScalesWithAShortLife) {
  for (const nanoseconds lifetime : {nanoseconds{30min}, nanoseconds{15min}, nanoseconds{3s}, nanoseconds{300ms}}) {
    World early{0};
    early.come("A", lifetime);
    EXPECT_EQ(early.wait(), lifetime / 2);
    World late{0.999999};
    late.come("A", lifetime);
    EXPECT_NEAR(static_cast<double>(late.wait().count()),
                static_cast<double>((lifetime - std::min<nanoseconds>(10min, lifetime / 3)).count()), 0.001 * 1e9);
  }
}

TEST(RefreshSchedule, WhatDoesNotExpireIsNotRenewed) {
  World world;
  world.come("A", std::nullopt);
  EXPECT_EQ(world.wait(), never);
  world.pass(10'000h);
  EXPECT_EQ(world.says(), "A");
}

TEST(RefreshSchedule, KeepsTheOldOnesWhileFetchesFail) {
  World world;
  world.come("A", 1h);
  world.pass(45min);
  for (const nanoseconds pause : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    world.fail(false);
    EXPECT_EQ(world.wait(), pause);
    EXPECT_EQ(world.says(), "A") << "even if it will never work again";
    world.pass(pause);
    EXPECT_EQ(world.wait(), 0s);
  }
  world.come("B", 1h);
  EXPECT_EQ(world.says(), "B");
  EXPECT_EQ(world.wait(), 45min);
  world.pass(45min);
  world.fail();
  EXPECT_EQ(world.wait(), 1s) << "the count begins anew";
}

TEST(RefreshSchedule, ShortensPausesByChanceAndBeforeTheEnd) {
  World world{1.0};
  world.fail();
  EXPECT_EQ(world.wait(), 500ms);
  World brief;
  brief.come("A", 2s);
  brief.pass(1s);
  brief.fail();
  EXPECT_EQ(brief.wait(), 250ms) << "a quarter of what is left";
  brief.pass(999ms);
  brief.fail();
  EXPECT_EQ(brief.wait(), 50ms) << "but no storm";
}

TEST(RefreshSchedule, AfterTheEndSaysWhetherThereIsHope) {
  World world;
  world.come("A", 1h);
  world.pass(1h);
  EXPECT_EQ(world.says(), "pending: those of the source expired at 2027-01-15T09:00:00Z, and are being renewed");
  world.fail(true);
  EXPECT_EQ(world.says(), "pending: those of the source expired at 2027-01-15T09:00:00Z; it broke");
  EXPECT_EQ(world.wait(), 1s);
  world.fail(false);
  EXPECT_EQ(world.says(), "misconfigured: those of the source expired at 2027-01-15T09:00:00Z; it broke");
  world.come("B", 1h);
  EXPECT_EQ(world.says(), "B");
}

TEST(RefreshSchedule, WithoutAnySaysWhy) {
  World world;
  world.fail(true);
  EXPECT_EQ(world.says(), "pending: it broke");
  world.fail(false, true);
  EXPECT_EQ(world.says(), "misconfigured: it broke");
  world.fail(false, false);
  EXPECT_EQ(world.says(), "final: it broke") << "not configured: a chain may go on";
  EXPECT_EQ(world.wait(), 4s) << "and it is asked again: it may be configured later";
}

TEST(RefreshSchedule, WhatComesExpiredIsAFailure) {
  World world;
  world.come("A", 0s);
  EXPECT_EQ(world.says(), "pending: the source: what came expired at 2027-01-15T08:00:00Z");
  EXPECT_EQ(world.wait(), 1s);
}

TEST(RefreshSchedule, RejectedOnesAreRenewedAtOnceAndHandedOutNoMore) {
  World world;
  world.come("A", 1h);
  world.pass(20min);
  EXPECT_TRUE(world.schedule.rejected("A", world.now));
  EXPECT_EQ(world.wait(), 0s);
  EXPECT_EQ(world.says(), "pending: those of the source were refused as expired, and are being renewed");
  EXPECT_FALSE(world.schedule.rejected("A", world.now)) << "one at a time";
  world.schedule.started();
  EXPECT_FALSE(world.schedule.rejected("A", world.now));
  EXPECT_EQ(world.wait(), never);
  world.come("B", 1h);
  EXPECT_EQ(world.says(), "B");
  EXPECT_FALSE(world.schedule.rejected("A", world.now)) << "news of old requests";
  EXPECT_EQ(world.says(), "B");
}

TEST(RefreshSchedule, ThoseThatNobodyHasAreNotRejected) {
  World world;
  EXPECT_FALSE(world.schedule.rejected("A", world.now));
  EXPECT_FALSE(world.schedule.rejected("", world.now));
  world.come("A", std::nullopt);
  world.pass(2min);
  EXPECT_TRUE(world.schedule.rejected("", world.now)) << "those of now, even such as do not expire";
  EXPECT_EQ(world.wait(), 0s);
}

TEST(RefreshSchedule, PausesWhenWhatComesIsRejectedAgain) {
  World world;
  world.come("A", 1h);
  for (const nanoseconds pause : {1s, 2s, 4s}) {
    EXPECT_TRUE(world.schedule.rejected("A", world.now));
    EXPECT_EQ(world.wait(), pause);
    world.pass(pause);
    world.come("A", 1h);
  }
  world.pass(2min);
  EXPECT_TRUE(world.schedule.rejected("A", world.now));
  EXPECT_EQ(world.wait(), 0s);
}

TEST(RefreshSchedule, RejectionsWithGoodOnesInBetweenAreNotInARow) {
  World world;
  for (int i = 0; i < 5; ++i) {
    world.come("A", 3s);
    world.pass(1500ms);
    world.come("B", 3s);
    EXPECT_TRUE(world.schedule.rejected("B", world.now));
    EXPECT_EQ(world.wait(), 1s) << "it had just come";
    world.pass(1s);
  }
}

TEST(RefreshSchedule, TriesOftenerWhileEverythingWaits) {
  World world;
  for (const nanoseconds pause : {1s, 2s, 4s, 5s, 5s}) {
    world.fail(true);
    EXPECT_EQ(world.wait(), pause);
    world.pass(pause);
  }
  world.fail(false);
  EXPECT_GT(world.wait(), 30s) << "without hope nobody waits";
  World brief;
  brief.come("A", 2s);
  brief.pass(1s);
  while (brief.says() == "A") {
    brief.fail(true);
    brief.pass(brief.wait());
  }
  for (const nanoseconds pause : {1s, 2s, 4s, 5s}) {
    brief.fail(true);
    EXPECT_EQ(brief.wait(), pause) << "however many failures there were before the end";
    brief.pass(pause);
  }
}

TEST(RefreshSchedule, RejectedWhileTheRefreshFailsIsPendingWhileThereIsHope) {
  World world;
  world.come("A", 1h);
  world.pass(50min);
  EXPECT_TRUE(world.schedule.rejected("A", world.now));
  world.fail(true);
  EXPECT_EQ(world.says(), "pending: those of the source were refused as expired; it broke");
  world.fail(false);
  EXPECT_EQ(world.says(), "misconfigured: those of the source were refused as expired; it broke");
}

TEST(RefreshSchedule, AClockThatIsSetChangesNoPause) {
  World world;
  world.fail();
  world.now.wall -= 10h;
  EXPECT_EQ(world.wait(), 1s);
  world.pass(1s);
  world.come("A", 1h);
  world.now.wall += 2h;  // set, or the machine slept
  EXPECT_LT(world.wait(), 0s);
  EXPECT_THAT(world.says(), HasSubstr("pending"));
}

}  // namespace
}  // namespace aiokpl::aws
