#include "pipeline/request_pacer.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "moments.hpp"

namespace aiokpl::pipeline::test {
namespace {

constexpr std::size_t mib = 1'048'576;

TEST(RequestPacerTest, AllowsTheConnectionsAndAnySizeWhileNothingTimesOut) {
  RequestPacer pacer{2, 6s};
  EXPECT_EQ(pacer.allowed_in_flight(), 2U);
  EXPECT_EQ(pacer.max_request_bytes(), RequestPacer::unlimited);
  pacer.started(start);
  EXPECT_TRUE(pacer.may_start());
  pacer.started(start);
  EXPECT_FALSE(pacer.may_start());
  pacer.finished(mib, 1s, start + 1s);
  EXPECT_TRUE(pacer.may_start());
  EXPECT_EQ(pacer.in_flight(), 1U);
}

TEST(RequestPacerTest, MeasuresBytesASecondOverAllConnectionsWhileAnyIsBusy) {
  RequestPacer pacer{4, 6s};
  for (int i = 0; i < 4; ++i)
    pacer.started(start);
  for (int i = 0; i < 4; ++i)
    pacer.finished(mib, 1s, start + 1s);
  EXPECT_NEAR(pacer.measured_rate(), 4.0 * mib, 1);
  pacer.started(start + 1h);
  pacer.finished(4 * mib, 1s, start + 1h + 1s);
  EXPECT_NEAR(pacer.measured_rate(), 4.0 * mib, 0.3 * mib) << "an hour's rest is no slowness";
  for (int i = 0; i < 60; ++i) {
    pacer.started(start + 2h + 1s * i);
    pacer.finished(mib, 1s, start + 2h + 1s * (i + 1));
  }
  EXPECT_NEAR(pacer.measured_rate(), 1.0 * mib, 0.2 * mib) << "what is old counts little";
}

TEST(RequestPacerTest, AfterATimeoutRequestsInFlightHalveAndCarryWhatTheRateMovesInHalfTheTimeout) {
  RequestPacer pacer{24, 6s};
  for (int i = 0; i < 24; ++i)
    pacer.started(start);
  for (int i = 0; i < 12; ++i)
    pacer.finished(mib, 6s, start + 6s);
  for (int i = 0; i < 12; ++i)
    pacer.started(start + 6s);
  // Some 2 MiB a second, and 3 s for 12 requests.
  pacer.timed_out(0, 7s, start + 7s);
  EXPECT_EQ(pacer.allowed_in_flight(), 12U);
  EXPECT_NEAR(static_cast<double>(pacer.max_request_bytes()), pacer.measured_rate() * 3 / 12, 1);
  EXPECT_NEAR(static_cast<double>(pacer.max_request_bytes()), 0.45 * mib, 0.15 * mib);
}

TEST(RequestPacerTest, SeveralTimeoutsOfOneRoundHalveOnce) {
  RequestPacer pacer{24, 6s};
  for (int i = 0; i < 24; ++i)
    pacer.started(start);
  for (int i = 0; i < 24; ++i)
    pacer.timed_out(100'000, 6s + 1ms * i, start + 6s + 1ms * i);
  EXPECT_EQ(pacer.allowed_in_flight(), 12U);
  TimePoint now = start + 7s;
  for (const std::size_t allowed : {6U, 3U, 1U, 1U}) {
    for (std::size_t i = pacer.allowed_in_flight(); i > 0; --i)
      pacer.started(now);
    for (std::size_t i = pacer.in_flight(); i > 0; --i)
      pacer.timed_out(0, 6s, now + 6s);
    EXPECT_EQ(pacer.allowed_in_flight(), allowed);
    now += 7s;
  }
  EXPECT_EQ(pacer.max_request_bytes(), RequestPacer::least_request_bytes);
}

TEST(RequestPacerTest, WhatWasInFlightCountsAndNotWhatWasAllowed) {
  RequestPacer pacer{24, 6s};
  for (int i = 0; i < 4; ++i)
    pacer.started(start);
  pacer.timed_out(0, 6s, start + 6s);
  EXPECT_EQ(pacer.allowed_in_flight(), 2U);
}

TEST(RequestPacerTest, BothRecover) {
  RequestPacer pacer{4, 6s};
  for (int i = 0; i < 4; ++i)
    pacer.started(start);
  for (int i = 0; i < 3; ++i)
    pacer.timed_out(0, 6s, start + 6s);
  pacer.finished(5 * mib, 6s, start + 6s);
  EXPECT_EQ(pacer.allowed_in_flight(), 2U) << "a success of the old round says nothing";
  TimePoint now = start + 6s;
  std::size_t rounds = 0;
  while (pacer.max_request_bytes() != RequestPacer::unlimited) {
    ASSERT_LT(++rounds, 20U);
    const std::size_t limit = pacer.max_request_bytes();
    while (pacer.may_start())
      pacer.started(now);
    while (pacer.in_flight() > 0)
      pacer.finished(limit, 1s, now + 1s);
    if (pacer.max_request_bytes() != RequestPacer::unlimited) {
      EXPECT_EQ(pacer.max_request_bytes(), 2 * limit) << "once a round";
    }
    now += 1s;
  }
  EXPECT_EQ(pacer.allowed_in_flight(), 4U);
}

TEST(RequestPacerTest, SmallRequestsProveNothingAboutLargeOnes) {
  RequestPacer pacer{4, 6s};
  pacer.started(start);
  pacer.timed_out(0, 6s, start + 6s);
  const std::size_t limit = pacer.max_request_bytes();
  TimePoint now = start + 7s;
  for (int i = 0; i < 100; ++i, now += 1s) {
    pacer.started(now);
    pacer.finished(100, 10ms, now + 10ms);
  }
  EXPECT_EQ(pacer.max_request_bytes(), limit);
}

TEST(RequestPacerTest, ARequestThatEndedWithoutAWordOnlyMakesRoom) {
  RequestPacer pacer{1, 6s};
  pacer.started(start);
  pacer.ended(start + 1s);
  EXPECT_TRUE(pacer.may_start());
  EXPECT_EQ(pacer.max_request_bytes(), RequestPacer::unlimited);
}

/// A line of a given speed, shared evenly; a request times out when it has not been sent whole after the timeout.
double goodput_over(double bytes_per_second, Duration story) {
  constexpr Duration tick = 10ms;
  struct Request {
    TimePoint started;
    double size;
    double sent;
  };
  RequestPacer pacer{24, 6s};
  std::vector<Request> requests;
  double arrived = 0;
  for (TimePoint now = start; now < start + story; now += tick) {
    while (pacer.may_start()) {
      pacer.started(now);
      requests.push_back({now, static_cast<double>(std::min(pacer.max_request_bytes(), 5 * mib)), 0});
    }
    const double share = bytes_per_second * seconds_between(now, now + tick) / static_cast<double>(requests.size());
    for (Request& request : requests)
      request.sent += share;
    std::erase_if(requests, [&](const Request& request) {
      const Duration age = now + tick - request.started;
      if (request.sent >= request.size) {
        pacer.finished(static_cast<std::size_t>(request.size), age, now + tick);
        arrived += request.size;
        return true;
      }
      if (age >= 6s) pacer.timed_out(static_cast<std::size_t>(request.sent), age, now + tick);
      return age >= 6s;
    });
  }
  return arrived / seconds_between(start, start + story);
}

TEST(RequestPacerTest, NoLineIsTooSlowForRecordsToArrive) {
  // 24 requests of 5 MiB within 6 s take 170 Mbit/s. Where they time out as a whole, nothing would ever arrive.
  for (const double megabits : {0.5, 2.0, 10.0, 50.0, 100.0, 160.0, 400.0}) {
    const double line = megabits * 1e6 / 8;
    EXPECT_GT(goodput_over(line, 180s), 0.5 * line) << megabits << " Mbit/s";
  }
}

}  // namespace
}  // namespace aiokpl::pipeline::test
