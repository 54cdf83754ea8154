#include "pipeline/limiter.hpp"

#include <map>
#include <utility>

#include <gtest/gtest.h>

#include "moments.hpp"
#include "pipeline/random.hpp"
#include "sized_batch.hpp"

namespace aiokpl::pipeline::test {
namespace {

constexpr Limiter::Config usual{.records_per_second = 1'000, .bytes_per_second = 1'048'576, .drain_interval = 25ms};

std::vector<BatchPtr> admitted(Limiter& limiter, TimePoint now) {
  std::vector<BatchPtr> out;
  limiter.admit(now, out);
  return out;
}

std::size_t count_admitted(Limiter& limiter, TimePoint now) {
  return admitted(limiter, now).size();
}

void queue_many(Limiter& limiter, ShardNumber shard, int count, TimePoint now, std::uint32_t size = 10) {
  for (int i = 0; i < count; ++i)
    limiter.queue(sized_batch(shard, now, size), now);
}

TEST(LimiterTest, PassesASecondOfEachRateAtOnceAndThenPaces) {
  Limiter limiter{usual};
  queue_many(limiter, 0, 1'500, start);
  EXPECT_EQ(count_admitted(limiter, start), 1'000U);
  EXPECT_EQ(limiter.queued(), 500U);
  EXPECT_EQ(count_admitted(limiter, start + 25ms), 25U);
  EXPECT_EQ(count_admitted(limiter, start + 50ms), 25U);
  EXPECT_EQ(count_admitted(limiter, start + 500ms), 450U);
  EXPECT_EQ(limiter.next(start + 500ms), never);
}

TEST(LimiterTest, BytesAreKinesisBytesAndARecordCostsBothBucketsOrNone) {
  Limiter limiter{usual};
  limiter.queue(sized_batch(0, start, 1'048'576), start);
  limiter.queue(sized_batch(0, start, 100), start);
  EXPECT_EQ(count_admitted(limiter, start), 1U);
  // The waiting record is held back by its bytes. Had each look cost a record, there would not be 999 left.
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(count_admitted(limiter, start), 0U);
  queue_many(limiter, 0, 999, start, 1);
  EXPECT_EQ(count_admitted(limiter, start + 1s), 1'000U);
}

TEST(LimiterTest, ALoneRecordThatIsHeldBackGoesTheMomentItPasses) {
  Limiter limiter{usual};
  queue_many(limiter, 0, 1'001, start);
  EXPECT_EQ(count_admitted(limiter, start), 1'000U);
  EXPECT_EQ(limiter.next(start), start + 1ms);
  EXPECT_EQ(count_admitted(limiter, start + 1ms), 1U);
}

TEST(LimiterTest, AShardAtItsLimitsIsLookedAtOnceADrainIntervalAndNotForEveryRecord) {
  Limiter limiter{usual};
  queue_many(limiter, 0, 1'100, start);
  EXPECT_EQ(count_admitted(limiter, start), 1'000U);
  EXPECT_EQ(limiter.next(start), start + 25ms);
  EXPECT_EQ(count_admitted(limiter, start + 5ms), 0U);
  EXPECT_EQ(count_admitted(limiter, start + 25ms), 25U);
}

TEST(LimiterTest, DrainIntervalBoundsTheWaitAndIsNoClockThatTicksWhenQueuesAreEmpty) {
  Limiter limiter{usual};
  EXPECT_EQ(limiter.next(start), never);
  limiter.queue(sized_batch(0, start, 5'000'000), start);
  limiter.queue(sized_batch(0, start, 10), start);
  EXPECT_EQ(limiter.next(start), start);
  EXPECT_EQ(count_admitted(limiter, start), 1U) << "larger than the capacity: passes when full";
  EXPECT_EQ(limiter.next(start), start + 25ms) << "although the debt lasts for seconds";
  EXPECT_EQ(count_admitted(limiter, start + 3s), 0U);
  EXPECT_EQ(count_admitted(limiter, start + 4s), 1U);
  EXPECT_EQ(limiter.next(start + 4s), never);
}

TEST(LimiterTest, OneShardAtItsLimitsDoesNotHoldAnotherBack) {
  Limiter limiter{usual};
  queue_many(limiter, 0, 2'000, start);
  EXPECT_EQ(count_admitted(limiter, start), 1'000U);
  queue_many(limiter, 1, 10, start + 1ms);
  EXPECT_EQ(limiter.next(start + 1ms), start + 1ms);
  EXPECT_EQ(count_admitted(limiter, start + 1ms), 10U);
}

TEST(LimiterTest, RecordsWithoutAPredictionShareOneBucketOfAllOpenShards) {
  Limiter limiter{usual};
  queue_many(limiter, no_shard, 20'000, start);
  EXPECT_EQ(count_admitted(limiter, start), 1'000U) << "one shard's rate while unknown";
  limiter.set_open_shards(4, start);
  EXPECT_EQ(count_admitted(limiter, start + 500ms), 2'000U);
  EXPECT_EQ(count_admitted(limiter, start + 1s), 2'000U);
  limiter.set_open_shards(2, start + 1s);
  EXPECT_EQ(count_admitted(limiter, start + 2s), 2'000U);
  queue_many(limiter, 3, 10, start + 2s);
  EXPECT_EQ(count_admitted(limiter, start + 2s), 10U) << "and a predicted one has its shard's own";
}

TEST(LimiterTest, ThrottledWithinItsLimitsAShardSlowsDownByAQuarterAtMostOnceARoundTrip) {
  Limiter limiter{usual};
  limiter.throttled(0, start, 100ms);
  EXPECT_DOUBLE_EQ(limiter.allowed_part(0, start), 0.75);
  limiter.throttled(0, start + 50ms, 100ms);
  EXPECT_NEAR(limiter.allowed_part(0, start + 50ms), 0.7525, 1e-9) << "sent before the shard slowed down";
  limiter.throttled(0, start + 100ms, 100ms);
  EXPECT_NEAR(limiter.allowed_part(0, start + 100ms), 0.755 * 0.75, 1e-9);
  EXPECT_DOUBLE_EQ(limiter.allowed_part(1, start), 1.0) << "the others do not";
}

TEST(LimiterTest, AThrottledShardNeverGoesBelowATenthAndComesBackByATwentiethASecond) {
  Limiter limiter{usual};
  TimePoint now = start;
  for (int i = 0; i < 50; ++i, now += 10ms)
    limiter.throttled(0, now, 1ms);
  EXPECT_GE(limiter.allowed_part(0, now), 0.1);
  EXPECT_LT(limiter.allowed_part(0, now), 0.102);
  limiter.throttled(0, now, 1ms);
  EXPECT_DOUBLE_EQ(limiter.allowed_part(0, now), 0.1);
  EXPECT_NEAR(limiter.allowed_part(0, now + 4s), 0.3, 1e-9);
  EXPECT_DOUBLE_EQ(limiter.allowed_part(0, now + 18s), 1.0);
  EXPECT_DOUBLE_EQ(limiter.allowed_part(0, now + 60s), 1.0);
}

TEST(LimiterTest, ASlowedShardIsPacedSlowerAndRecoversWhileItWaits) {
  Limiter limiter{usual};
  queue_many(limiter, 0, 13'000, start);
  EXPECT_EQ(count_admitted(limiter, start), 1'000U);
  TimePoint now = start;
  for (int i = 0; i < 20; ++i)
    limiter.throttled(0, now, 0ms);
  const auto in_a_second = [&] {
    std::size_t count = 0;
    for (const TimePoint end = now + 1s; now < end;) {
      now = limiter.next(now);
      count += count_admitted(limiter, now);
    }
    return count;
  };
  EXPECT_NEAR(static_cast<double>(in_a_second()), 125, 5) << "a tenth, and a twentieth gained on the way";
  EXPECT_NEAR(static_cast<double>(in_a_second()), 175, 5);
  for (int second = 2; second < 18; ++second)
    in_a_second();
  EXPECT_NEAR(static_cast<double>(in_a_second()), 1'000, 30);
}

TEST(LimiterTest, ABatchThatIsSentAgainGoesWhereItsAgePutsIt) {
  Limiter limiter{usual};
  queue_many(limiter, 0, 1'000, start);
  EXPECT_EQ(count_admitted(limiter, start), 1'000U);
  for (const auto age : {10ms, 20ms, 30ms})
    limiter.queue(sized_batch(0, start + age, 10), start + 30ms);
  limiter.queue(sized_batch(0, start + 15ms, 10), start + 30ms);
  EXPECT_EQ(limiter.oldest(), start + 10ms);
  const auto out = admitted(limiter, start + 1s);
  ASSERT_EQ(out.size(), 4U);
  EXPECT_EQ(out[0]->oldest(), start + 10ms);
  EXPECT_EQ(out[1]->oldest(), start + 15ms);
  EXPECT_EQ(out[2]->oldest(), start + 20ms);
  EXPECT_EQ(out[3]->oldest(), start + 30ms);
}

TEST(LimiterTest, ASmallBatchThatComesFirstIsNotHeldUpByTheDebtOfALargeOne) {
  Limiter limiter{usual};
  limiter.queue(sized_batch(0, start, 1'048'576), start);
  EXPECT_EQ(count_admitted(limiter, start), 1U);
  limiter.queue(sized_batch(0, start + 1ms, 1'048'576), start + 1ms);
  EXPECT_EQ(count_admitted(limiter, start + 1ms), 0U);
  limiter.queue(sized_batch(0, start, 1'000), start + 2ms);
  EXPECT_EQ(count_admitted(limiter, start + 2ms), 1U);
}

TEST(LimiterTest, GivesOutWhatGrewTooOld) {
  Limiter limiter{usual};
  limiter.queue(sized_batch(0, start, 5'000'000), start);
  EXPECT_EQ(count_admitted(limiter, start), 1U);
  for (const auto age : {1ms, 2ms, 3ms})
    limiter.queue(sized_batch(0, start + age, 2'000'000), start + age);
  limiter.queue(sized_batch(no_shard, start + 2ms, 10), start + 3ms);
  std::vector<BatchPtr> old;
  limiter.take_older_than(start, old);
  EXPECT_TRUE(old.empty());
  limiter.take_older_than(start + 2ms, old);
  EXPECT_EQ(old.size(), 3U);
  EXPECT_EQ(limiter.oldest(), start + 3ms);
  EXPECT_EQ(limiter.queued(0), 1U);
  limiter.take_older_than(start + 3ms, old);
  EXPECT_EQ(limiter.oldest(), never);
  EXPECT_EQ(limiter.next(start + 3ms), never);
}

TEST(LimiterTest, AShardThatIsGoneGivesItsQueueBackAndIsForgotten) {
  Limiter limiter{usual};
  queue_many(limiter, 4, 3, start);
  queue_many(limiter, 5, 2, start);
  EXPECT_FALSE(limiter.forget_shard(4)) << "something waits still";
  std::vector<BatchPtr> out;
  limiter.take_shard(4, out);
  limiter.take_shard(77, out);
  EXPECT_EQ(out.size(), 3U);
  EXPECT_TRUE(limiter.forget_shard(4));
  EXPECT_TRUE(limiter.forget_shard(77));
  EXPECT_EQ(limiter.queued(), 2U);
  limiter.take_all(out);
  EXPECT_EQ(out.size(), 5U);
  EXPECT_EQ(limiter.queued(), 0U);
  EXPECT_EQ(limiter.next(start), never);
}

/// What a shard was given, and when.
struct Given {
  TimePoint moment;
  double records;
  double bytes;
};

void expect_bound_holds(const std::vector<Given>& given, double largest, std::uint64_t seed) {
  // For every span between two moments: t is 0 for a span of one moment.
  for (std::size_t from = 0; from < given.size(); ++from) {
    double records = 0;
    double bytes = 0;
    for (std::size_t to = from; to < given.size(); ++to) {
      records += given[to].records;
      bytes += given[to].bytes;
      const double span = seconds_between(given[from].moment, given[to].moment);
      ASSERT_LE(records, 1'000 + 1'000 * span + 1e-3) << "seed " << seed;
      ASSERT_LE(bytes, 1'048'576 + 1'048'576 * span + largest + 1e-3) << "seed " << seed;
    }
  }
}

TEST(LimiterTest, AdmitsInAnySpanAtMostCapacityPlusRateTimesTimePlusOneOversizedRecord) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    Random random{seed};
    Limiter limiter{usual};
    std::map<ShardNumber, std::vector<Given>> history;
    double largest = 0;
    TimePoint now = start;
    for (int step = 0; step < 400; ++step) {
      now += Duration{static_cast<Duration::rep>(random.between(0, 30e6))};
      for (int burst = static_cast<int>(random.between(0, 80)); burst > 0; --burst) {
        const bool large = random.uniform() < 0.002;
        const double size = large ? random.between(1e6, 10e6) : random.between(1, 60'000);
        if (large) largest = std::max(largest, size);
        const auto shard = static_cast<ShardNumber>(random.next() % 3);
        const TimePoint arrived = random.uniform() < 0.1 ? now - 1s : now;
        limiter.queue(sized_batch(shard, arrived, static_cast<std::uint32_t>(size)), now);
      }
      if (random.uniform() < 0.02) limiter.throttled(static_cast<ShardNumber>(random.next() % 3), now, 10ms);
      for (const BatchPtr& batch : admitted(limiter, now)) {
        std::vector<Given>& given = history[batch->shard];
        if (given.empty() || given.back().moment != now) given.push_back({now, 0, 0});
        given.back().records += 1;
        given.back().bytes += static_cast<double>(batch->kinesis_size());
      }
    }
    for (const auto& [shard, given] : history)
      expect_bound_holds(given, largest, seed);
  }
}

TEST(LimiterTest, EverythingPassesInTimeWhenOnlyNextIsObeyed) {
  Limiter limiter{usual};
  Random random{5};
  for (int i = 0; i < 3'000; ++i) {
    limiter.queue(sized_batch(static_cast<ShardNumber>(random.next() % 2), start, 1'000), start);
  }
  TimePoint now = start;
  for (TimePoint next = limiter.next(now); next != never; next = limiter.next(now)) {
    ASSERT_GE(next, now);
    now = std::max(next, now);
    ASSERT_TRUE(count_admitted(limiter, now) != 0 || limiter.next(now) > now) << "it spins";
  }
  EXPECT_LT(seconds_between(start, now), 0.65) << "1,500 and some at 1,048 a second, 1,000 of them at once";
}

TEST(LimiterTest, FourThousandShardsAtTheirLimitsCostNothingAtALook) {
  Limiter limiter{usual};
  std::vector<BatchPtr> out;
  for (ShardNumber shard = 0; shard < 4'096; ++shard)
    limiter.queue(sized_batch(shard, start, 3'000'000), start);
  limiter.admit(start, out);
  EXPECT_EQ(out.size(), 4'096U);
  for (ShardNumber shard = 0; shard < 4'096; ++shard)
    limiter.queue(sized_batch(shard, start, 1'000), start);
  // A million looks over all these shards would take minutes, if each of them went through the shards.
  for (int i = 0; i < 1'000'000; ++i) {
    ASSERT_GT(limiter.next(start), start);
    limiter.admit(start, out);
  }
  EXPECT_EQ(out.size(), 4'096U);
}

}  // namespace
}  // namespace aiokpl::pipeline::test
