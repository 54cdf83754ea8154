#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <aiokpl/aiokpl.hpp>
#include <aiokpl/emulator.hpp>

// Waiting by callbacks instead of coroutines, as other event loops do.
namespace aiokpl {
namespace {

using namespace std::chrono_literals;

class CallbacksTest : public ::testing::Test {
 protected:
  CallbacksTest() { kinesis.start(); }

  [[nodiscard]] Producer producer() const {
    Config config;
    config.endpoint_url = kinesis.endpoint_url();
    config.record_max_buffered_time = 10ms;
    config.max_outstanding_records = 1;
    return Producer{config};
  }

  static constexpr Record record{.stream = "events", .partition_key = "k"};
  emulator::LocalKinesis kinesis{{.streams = {{.name = "events"}}}};
};

TEST_F(CallbacksTest, APutThatFoundItsPlaceCallsNothing) {
  Producer one = producer();
  PutAwaiter put = one.put_record(record);
  EXPECT_FALSE(put.on_ready([] { FAIL() << "it is over already"; }));
  EXPECT_TRUE(put.await_resume().get(10s).success);
}

TEST_F(CallbacksTest, APutThatWaitsCallsBackWhenItHasAPlace) {
  Producer one = producer();
  kinesis.set_stalled(true);
  const Outcome first = one.put_record(record).await_resume();
  PutAwaiter second = one.put_record(record);
  std::promise<void> called;
  ASSERT_TRUE(second.on_ready([&] { called.set_value(); }));
  kinesis.set_stalled(false);
  ASSERT_EQ(called.get_future().wait_for(10s), std::future_status::ready);
  EXPECT_TRUE(first.is_set());
  EXPECT_TRUE(second.await_resume().get(10s).success);
}

TEST_F(CallbacksTest, APutThatIsDroppedWhileItWaitsCallsNothing) {
  Producer one = producer();
  kinesis.set_stalled(true);
  const Outcome first = one.put_record(record).await_resume();
  const auto kept = std::make_shared<int>();
  {
    PutAwaiter second = one.put_record(record);
    ASSERT_TRUE(second.on_ready([kept] { FAIL() << "it was dropped"; }));
    EXPECT_EQ(kept.use_count(), 2);
  }
  EXPECT_EQ(kept.use_count(), 1) << "the callback goes with it";
  kinesis.set_stalled(false);
  EXPECT_TRUE(first.get(10s).success);
  EXPECT_EQ(one.close().get().aborted, 0U);
  EXPECT_EQ(kinesis.counters().records_stored, 1U);
}

TEST_F(CallbacksTest, APutHearsThatTheProducerWasClosed) {
  Producer one = producer();
  kinesis.set_stalled(true);
  const Outcome first = one.put_record(record).await_resume();
  PutAwaiter second = one.put_record(record);
  std::promise<void> called;
  ASSERT_TRUE(second.on_ready([&] { called.set_value(); }));
  one.abort();
  ASSERT_EQ(called.get_future().wait_for(10s), std::future_status::ready);
  EXPECT_THROW(static_cast<void>(second.await_resume()), ProducerClosed);
  EXPECT_FALSE(first.get(10s).success);
}

TEST_F(CallbacksTest, ABulkPutCallsBackOnceAllHaveAPlace) {
  Producer one = producer();
  const std::vector<Record> records(20, record);
  kinesis.set_stalled(true);
  BulkPutAwaiter put = one.put_records(records);
  std::promise<void> called;
  ASSERT_TRUE(put.on_ready([&] { called.set_value(); }));
  kinesis.set_stalled(false);
  ASSERT_EQ(called.get_future().wait_for(10s), std::future_status::ready);
  for (const Outcome& outcome : put.await_resume())
    EXPECT_TRUE(outcome.get(10s).success);
}

TEST_F(CallbacksTest, AFlushAndACloseCallBackAtTheirEnd) {
  Producer one = producer();
  kinesis.set_stalled(true);
  const Outcome outcome = one.put_record(record).await_resume();
  FlushAwaiter flush = one.flush();
  std::promise<bool> flushed;
  ASSERT_TRUE(flush.on_ready([&] { flushed.set_value(outcome.is_set()); }));
  kinesis.set_stalled(false);
  std::future<bool> end = flushed.get_future();
  ASSERT_EQ(end.wait_for(10s), std::future_status::ready);
  EXPECT_TRUE(end.get());
  EXPECT_FALSE(flush.on_ready([] { FAIL() << "it is over already"; }));

  FlushAwaiter close = one.close();
  std::promise<void> closed;
  if (close.on_ready([&] { closed.set_value(); })) {
    ASSERT_EQ(closed.get_future().wait_for(10s), std::future_status::ready);
  }
  EXPECT_EQ(close.await_resume().aborted, 0U);
}

}  // namespace
}  // namespace aiokpl
