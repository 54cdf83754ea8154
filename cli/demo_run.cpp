#include "cli/demo_run.hpp"

#include <algorithm>
#include <memory>
#include <system_error>
#include <vector>

#include <nlohmann/json.hpp>

#include <aiokpl/emulator.hpp>
#include <aiokpl/producer.hpp>

#include "aws/credentials.hpp"
#include "aws/endpoint.hpp"
#include "cli/demo_text.hpp"
#include "cli/exit_status.hpp"
#include "cli/shard_choice.hpp"
#include "cli/stream_service.hpp"

namespace aiokpl::cli {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr const char* stream_name = "demo";
// A local Kinesis looks at no signature; what stands in the environment is left out of the demo.
constexpr const char* local_key = "local";
// Far beyond what it takes, and all the same an end.
constexpr std::chrono::nanoseconds longest_wait = 60s;

Config producer_config(const std::string& endpoint_url) {
  Config config;
  config.region = "us-east-1";
  config.endpoint_url = endpoint_url;
  config.aws_access_key_id = local_key;
  config.aws_secret_access_key = local_key;
  return config;
}

aws::ClientOptions client_for(const std::string& endpoint_url) {
  aws::ClientOptions options;
  options.endpoint = aws::resolve_endpoint("us-east-1", endpoint_url, aws::process_environment()).endpoint.value();
  options.credentials = std::make_shared<aws::StaticCredentials>(local_key, local_key);
  return options;
}

std::size_t open_shards(const std::vector<aws::Shard>& shards) {
  return static_cast<std::size_t>(std::ranges::count_if(shards, &aws::Shard::open));
}

class Demo {
 public:
  explicit Demo(const DemoOptions& options)
      : kinesis_{{.streams = {{.name = stream_name, .shards = options.shards}}}},
        records_{demo_records(demo_text(), options.copies)} {
    kinesis_.start();
    story_.options = options;
    story_.endpoint_url = kinesis_.endpoint_url();
    api_ = std::make_unique<aws::KinesisApi>(client_for(story_.endpoint_url));
    service_ = std::make_unique<StreamService>(*api_);
  }

  DemoStory run() {
    put_everything();
    read_everything();
    return std::move(story_);
  }

 private:
  void put(SyncProducer& producer, std::size_t end) {
    for (std::size_t i = outcomes_.size(); i < end; ++i) {
      const DemoRecord& record = records_[i];
      story_.put_bytes += record.key.size() + record.data.size();
      outcomes_.push_back(
          producer.put_record({.stream = stream_name, .partition_key = record.key, .data = record.data}));
    }
  }

  // A third is stored by the shards of the start; a third is packed for them and under way when one of them is split;
  // the last third is put while the producer finds out.
  void put_everything() {
    const auto began = steady_clock::now();
    SyncProducer producer{producer_config(story_.endpoint_url)};
    put(producer, records_.size() / 3);
    static_cast<void>(outcomes_.front().wait(longest_wait));
    put(producer, 2 * records_.size() / 3);
    split(producer);
    put(producer, records_.size());
    producer.flush(longest_wait);
    story_.put_time = steady_clock::now() - began;
    look_at_results();
    const emulator::Counters counters = kinesis_.counters();
    story_.kinesis_records = counters.records_stored;
    story_.request_bytes = counters.bytes_stored;
    const auto requests = counters.requests.find("PutRecords");
    if (requests != counters.requests.end()) story_.requests = requests->second;
    producer.close(longest_wait);
  }

  void split(SyncProducer& producer) {
    const std::vector<aws::Shard> before = service_->shards(stream_name);
    const SplitChoice choice = choose_split(before, std::nullopt, std::nullopt);
    nlohmann::json request = stream_request(stream_name);
    request["ShardToSplit"] = choice.shard;
    request["NewStartingHashKey"] = choice.at.to_decimal();
    story_.outstanding_at_split = producer.outstanding_records();
    service_->change("SplitShard", request);
    service_->wait_until(stream_name, StreamService::Awaited::changed, longest_wait);
    story_.split_shard = choice.shard;
    story_.open_shards_before = open_shards(before);
    story_.open_shards_after = open_shards(service_->shards(stream_name));
  }

  void look_at_results() {
    for (const SyncOutcome& outcome : outcomes_) {
      const RecordResult result = outcome.wait(longest_wait);
      if (result.attempts.size() > 1) ++story_.sent_again;
      if (result.success) continue;
      ++story_.not_stored;
      if (story_.first_failure.empty()) story_.first_failure = to_string(result);
    }
    story_.put = outcomes_.size();
    story_.lines = story_.put / story_.options.copies;
  }

  void read_everything() {
    const auto began = steady_clock::now();
    story_.reading = read_stream(*service_, stream_name);
    story_.read_time = steady_clock::now() - began;
    story_.comparison = compare(records_, story_.reading.records);
  }

  emulator::LocalKinesis kinesis_;
  std::vector<DemoRecord> records_;
  std::unique_ptr<aws::KinesisApi> api_;
  std::unique_ptr<StreamService> service_;
  std::vector<SyncOutcome> outcomes_;
  DemoStory story_;
};

}  // namespace

DemoStory run_demo(const DemoOptions& options) try { return Demo{options}.run(); } catch (const TimeoutError& late) {
  throw CommandError{ExitStatus::some_failed, late.what()};
} catch (const std::system_error& failed) {
  throw CommandError{ExitStatus::nothing_done, failed.what()};
}

}  // namespace aiokpl::cli
