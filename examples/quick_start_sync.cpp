// Puts one record without coroutines. AWS_ENDPOINT_URL_KINESIS sends it to a local Kinesis.
// [quick-start]
#include <iostream>

#include <aiokpl/aiokpl.hpp>

using namespace std::chrono_literals;

int main() {
  aiokpl::SyncProducer producer{{.region = "us-east-1"}};  // its destructor flushes

  aiokpl::SyncOutcome outcome = producer.put_record({
      .stream = "my-stream",
      .partition_key = "user-123",
      .data = "hello",
  });
  try {
    aiokpl::RecordResult result = outcome.wait(5s);
    if (result.success) {
      std::cout << *result.shard_id << ' ' << *result.sequence_number << '\n';
    } else {
      std::cout << "failed: " << result.attempts.back().error_code << '\n';
    }
    return result.success ? 0 : 1;
  } catch (const aiokpl::TimeoutError&) {
    // Back-pressure, a network that stalls, a long record_ttl: the record is still on its way. Wait again, or let go.
    outcome.cancel();
    std::cout << "no answer within 5 s\n";
    return 1;
  }
}
// [quick-start]
