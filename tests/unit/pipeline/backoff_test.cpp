#include "pipeline/backoff.hpp"

#include <gtest/gtest.h>

#include "moments.hpp"

namespace aiokpl::pipeline::test {
namespace {

TEST(BackoffTest, NothingWaitsWhileNothingFails) {
  Backoff backoff{50ms, Random{1}};
  EXPECT_TRUE(backoff.may_send(start));
  backoff.probe_started(start);
  EXPECT_TRUE(backoff.may_send(start)) << "without a back-off there are no probes";
  EXPECT_EQ(backoff.next(), never);
}

TEST(BackoffTest, WaitsFromTheRetryDeadlineDoublingToTwoSecondsWithJitter) {
  Backoff backoff{50ms, Random{1}};
  TimePoint now = start;
  backoff.failed(now - 10ms, now);
  for (const double longest : {0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0}) {
    const double wait = seconds_between(now, backoff.next());
    EXPECT_GE(wait, longest / 2);
    EXPECT_LE(wait, longest);
    EXPECT_FALSE(backoff.may_send(backoff.next() - 1ns));
    now = backoff.next();
    EXPECT_TRUE(backoff.may_send(now));
    backoff.probe_started(now);
    backoff.failed(now, now + 5ms);
    now += 5ms;
  }
}

TEST(BackoffTest, BacksOffAlsoWhereRetriesNeedNotWait) {
  Backoff backoff{0ms, Random{1}};
  TimePoint now = start;
  backoff.failed(now - 10ms, now);
  EXPECT_GE(seconds_between(now, backoff.next()), 0.005);
  for (int failures = 0; failures < 8; ++failures) {
    now = backoff.next();
    backoff.probe_started(now);
    backoff.failed(now, now);
  }
  EXPECT_GE(seconds_between(now, backoff.next()), 1.0);
}

TEST(BackoffTest, OneProbeAtATimeAndNewRequestsWaitToo) {
  Backoff backoff{50ms, Random{1}};
  backoff.failed(start, start + 1ms);
  const TimePoint probe = backoff.next();
  backoff.probe_started(probe);
  EXPECT_FALSE(backoff.may_send(probe));
  EXPECT_FALSE(backoff.may_send(probe + 1h));
  EXPECT_EQ(backoff.next(), never);
  backoff.succeeded();
  EXPECT_TRUE(backoff.may_send(probe));
  EXPECT_FALSE(backoff.active());
  backoff.failed(probe + 1s, probe + 2s);
  EXPECT_LE(backoff.next(), probe + 2s + 50ms) << "and it starts anew";
}

TEST(BackoffTest, SeveralRequestsInFlightFailTogetherOnce) {
  Backoff backoff{1s, Random{1}};
  backoff.failed(start, start + 100ms);
  const TimePoint next = backoff.next();
  for (int i = 1; i < 24; ++i)
    backoff.failed(start + 1ms * i, start + 100ms + 1ms * i);
  EXPECT_EQ(backoff.next(), next);

  backoff.probe_started(next);
  backoff.failed(start + 50ms, next + 1ms);
  EXPECT_TRUE(backoff.probing()) << "an old request's failure is not the probe's";
  backoff.failed(next, next + 10ms);
  EXPECT_FALSE(backoff.probing());
  EXPECT_GE(backoff.next(), next + 1s);
}

TEST(BackoffTest, AProbeThatWillNeverBeToldMakesRoomForAnother) {
  Backoff backoff{50ms, Random{1}};
  backoff.failed(start, start);
  const TimePoint probe = backoff.next();
  backoff.probe_started(probe);
  backoff.probe_abandoned();
  EXPECT_TRUE(backoff.may_send(probe));
}

TEST(BackoffTest, MayBeToldToTryNow) {
  Backoff backoff{1h, Random{1}};
  backoff.try_now(start);
  EXPECT_EQ(backoff.next(), never) << "there is no back-off";
  backoff.failed(start, start);
  backoff.try_now(start + 1ms);
  EXPECT_TRUE(backoff.may_send(start + 1ms));
  EXPECT_TRUE(backoff.active()) << "what goes is the probe";
  backoff.probe_started(start + 1ms);
  backoff.try_now(start + 2ms);
  EXPECT_FALSE(backoff.may_send(start + 2ms)) << "one at a time";
  backoff.failed(start + 1ms, start + 3ms);
  const TimePoint next = backoff.next();
  EXPECT_GE(next, start + 30min);
  backoff.try_now(next + 1s);
  EXPECT_EQ(backoff.next(), next) << "and never later than before";
}

TEST(BackoffTest, ARetryDeadlineAboveTwoSecondsStays) {
  Backoff backoff{5s, Random{1}};
  backoff.failed(start, start);
  backoff.probe_started(start + 5s);
  backoff.failed(start + 5s, start + 5s);
  EXPECT_GE(backoff.next(), start + 7'500ms);
  EXPECT_LE(backoff.next(), start + 10s);
}

}  // namespace
}  // namespace aiokpl::pipeline::test
