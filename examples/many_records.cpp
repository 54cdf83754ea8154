// Puts 10,000 records from several threads and counts what became of them. The producer packs those that belong to the
// same shard into few Kinesis records.
#include <cstddef>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include <aiokpl/aiokpl.hpp>

namespace {

constexpr int threads = 4;
constexpr int records_per_thread = 2'500;

std::vector<aiokpl::SyncOutcome> put_some(aiokpl::SyncProducer& producer, int thread) {
  std::vector<aiokpl::SyncOutcome> outcomes;
  outcomes.reserve(records_per_thread);
  for (int i = 0; i < records_per_thread; ++i) {
    const std::string number = std::to_string(thread * records_per_thread + i);
    const std::string key = "user-" + number;
    const std::string data = "event-" + number;
    // Both are copied before this returns. It blocks only while max_outstanding_records are on their way.
    outcomes.push_back(producer.put_record({.stream = "my-stream", .partition_key = key, .data = data}));
  }
  return outcomes;
}

}  // namespace

int main() {
  aiokpl::SyncProducer producer{{.region = "us-east-1"}};

  std::vector<std::vector<aiokpl::SyncOutcome>> outcomes(threads);
  {
    std::vector<std::jthread> workers;
    for (int thread = 0; thread < threads; ++thread) {
      workers.emplace_back([&producer, &mine = outcomes[static_cast<std::size_t>(thread)], thread] {
        mine = put_some(producer, thread);
      });
    }
  }
  producer.flush();  // no need to wait for the batching delay

  int succeeded = 0;
  for (const auto& of_thread : outcomes) {
    for (const aiokpl::SyncOutcome& outcome : of_thread)
      succeeded += outcome.wait().success ? 1 : 0;
  }
  std::cout << succeeded << '/' << threads * records_per_thread << " succeeded\n";
  return succeeded == threads * records_per_thread ? 0 : 1;
}
