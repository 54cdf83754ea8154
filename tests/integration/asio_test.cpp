#include <set>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <gtest/gtest.h>

#include <aiokpl/asio.hpp>
#include <aiokpl/emulator.hpp>

// The producer as a program with Boost.Asio uses it, against a local Kinesis.
namespace aiokpl {
namespace {

namespace asio = boost::asio;
using asio::use_awaitable;
using namespace std::chrono_literals;

class AsioProducer : public testing::Test {
 protected:
  AsioProducer() : kinesis_{{.streams = {{.name = "events", .shards = 2}}}} { kinesis_.start(); }

  [[nodiscard]] Config config() const {
    Config result;
    result.endpoint_url = kinesis_.endpoint_url();
    result.record_max_buffered_time = 20ms;
    return result;
  }

  // Runs a coroutine to its end on this thread and throws what it threw.
  void run(asio::awaitable<void> work) {
    asio::io_context context;
    auto done = asio::co_spawn(context, std::move(work), asio::use_future);
    context.run();  // returns when nothing is outstanding: each operation has to count as work
    ASSERT_EQ(done.wait_for(0s), std::future_status::ready);
    done.get();
  }

  emulator::LocalKinesis kinesis_;
};

TEST_F(AsioProducer, PutsAndWaitsInAnAwaitable) {
  Producer producer{config()};
  const auto here = std::this_thread::get_id();
  run([](Producer& target, std::thread::id expected) -> asio::awaitable<void> {
    const Outcome outcome = co_await async_put_record(
        target, {.stream = "events", .partition_key = "user-1", .data = "hello"}, use_awaitable);
    const RecordResult result = co_await async_wait(outcome, use_awaitable);
    EXPECT_EQ(std::this_thread::get_id(), expected);
    EXPECT_TRUE(result.success) << result;
    EXPECT_TRUE(result.shard_id.has_value());
  }(producer, here));
  EXPECT_EQ(kinesis_.counters().records_stored, 1U);
}

TEST_F(AsioProducer, RecordsAreCopiedAtTheCall) {
  Producer producer{config()};
  run([](Producer& target) -> asio::awaitable<void> {
    std::string text = "before";
    auto later = async_put_record(target, {.stream = "events", .partition_key = "k", .data = text}, use_awaitable);
    text = "after!";
    const Outcome outcome = co_await std::move(later);
    const RecordResult result = co_await async_wait(outcome, use_awaitable);
    EXPECT_TRUE(result.success) << result;
  }(producer));
  std::string stored;
  for (const auto& shard : kinesis_.shards("events")) {
    for (const auto& record : kinesis_.records("events", shard.id)) {
      stored.assign(reinterpret_cast<const char*>(record.data.data()), record.data.size());
    }
  }
  EXPECT_EQ(stored, "before");
}

TEST_F(AsioProducer, ManyCoroutinesOfOneThreadShareRequests) {
  Producer producer{config()};
  asio::io_context context;
  int stored = 0;
  const auto push = [](Producer& target, int number, int& count) -> asio::awaitable<void> {
    const std::string key = "user-" + std::to_string(number);
    const Record record{.stream = "events", .partition_key = key, .data = "x"};
    const Outcome outcome = co_await async_put_record(target, record, use_awaitable);
    const RecordResult result = co_await async_wait(outcome, use_awaitable);
    if (result.success) ++count;
  };
  for (int i = 0; i < 1'000; ++i)
    asio::co_spawn(context, push(producer, i, stored), asio::detached);
  context.run();
  EXPECT_EQ(stored, 1'000);
  EXPECT_LT(kinesis_.counters().records_stored, 100U);  // packed
}

TEST_F(AsioProducer, BulkFlushAndCloseWithFutures) {
  Config settings = config();
  settings.record_max_buffered_time = 20s;  // only a flush sends
  Producer producer{settings};
  const std::vector<Record> records(10, Record{.stream = "events", .partition_key = "k", .data = "x"});
  const auto outcomes = async_put_records(producer, records, asio::use_future).get();
  ASSERT_EQ(outcomes.size(), 10U);
  async_flush(producer, asio::use_future).get();
  for (const Outcome& outcome : outcomes) {
    ASSERT_TRUE(outcome.is_set());
    EXPECT_TRUE(outcome.get().success);
  }
  const CloseReport report = async_close(producer, 5s, asio::use_future).get();
  EXPECT_EQ(report.aborted, 0U);
  EXPECT_THROW(async_put_record(producer, records.front(), asio::use_future), ProducerClosed);
}

TEST_F(AsioProducer, CallbackRunsInTheContextGiven) {
  Producer producer{config()};
  asio::io_context context;
  const auto here = std::this_thread::get_id();
  bool stored = false;
  async_put_record(context.get_executor(), producer, {.stream = "events", .partition_key = "k", .data = "x"},
                   [&](std::exception_ptr failure, const Outcome& outcome) {
                     EXPECT_EQ(failure, nullptr);
                     async_wait(context.get_executor(), outcome, [&](const RecordResult& result) {
                       EXPECT_EQ(std::this_thread::get_id(), here);
                       stored = result.success;
                     });
                   });
  context.run();
  EXPECT_TRUE(stored);
}

TEST_F(AsioProducer, BadArgumentsThrowAtTheCall) {
  Producer producer{config()};
  EXPECT_THROW(async_put_record(producer, {.stream = "events", .partition_key = "", .data = "x"},
                                [](std::exception_ptr, const Outcome&) { ADD_FAILURE() << "was called"; }),
               InvalidArgument);
  EXPECT_EQ(producer.outstanding_records(), 0U);
}

}  // namespace
}  // namespace aiokpl
