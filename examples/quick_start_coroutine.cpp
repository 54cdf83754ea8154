// Puts one record with coroutines. AWS_ENDPOINT_URL_KINESIS sends it to a local Kinesis.
// [quick-start]
#include <iostream>

#include <aiokpl/aiokpl.hpp>

using namespace std::chrono_literals;

aiokpl::Task<int> put_hello() {
  aiokpl::Config config{.region = "us-east-1", .record_max_buffered_time = 100ms, .record_ttl = 30s};
  aiokpl::Producer producer{config};  // its destructor flushes

  aiokpl::Outcome outcome = co_await producer.put_record({
      .stream = "my-stream",
      .partition_key = "user-123",
      .data = "hello",
  });
  aiokpl::RecordResult result = co_await outcome.wait();
  if (result.success) {
    std::cout << *result.shard_id << ' ' << *result.sequence_number << '\n';
  } else {
    std::cout << "failed: " << result.attempts.back().error_code << '\n';
  }
  co_return result.success ? 0 : 1;
}

int main() {
  return aiokpl::run(put_hello());
}
// [quick-start]
