#include "cli/put.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include <nlohmann/json.hpp>

#include <aiokpl/error.hpp>

#include "aws/kinesis_api.hpp"
#include "cli/connection.hpp"
#include "cli/dry_run.hpp"
#include "cli/exit_status.hpp"
#include "cli/hopeless.hpp"
#include "cli/put_session.hpp"
#include "cli/terminal.hpp"

namespace aiokpl::cli {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

/// What a producer warns of, such as a service that cannot be reached, on standard error.
class WarningsOnTerminal final : public Logger {
 public:
  void log(LogLevel level, std::string_view message) override {
    if (level >= LogLevel::warning) say("warning: " + std::string{message});
  }
};

Connection connection_of(const Config& config) {
  return {.region = config.region,
          .endpoint_url = config.endpoint_url,
          .profile = config.profile,
          .ca_bundle = config.ca_bundle,
          .use_fips_endpoint = config.use_fips_endpoint,
          .use_dualstack_endpoint = config.use_dualstack_endpoint,
          .proxy = {.host = config.proxy_host,
                    .port = static_cast<std::uint16_t>(config.proxy_port),
                    .user_name = config.proxy_user_name,
                    .password = config.proxy_password},
          .no_verify_ssl = !config.verify_ssl,
          .access_key_id = config.aws_access_key_id,
          .secret_access_key = config.aws_secret_access_key,
          .session_token = config.aws_session_token};
}

Json stream_request(const std::string& stream) {
  return {{aws::stream_field(stream), stream}};
}

std::string status_of(const Json& answer) {
  return answer.at("StreamDescriptionSummary").at("StreamStatus").get<std::string>();
}

void wait_until_active(aws::KinesisApi& api, const std::string& stream) {
  const auto limit = std::chrono::steady_clock::now() + 5min;
  for (auto pause = 50ms; std::chrono::steady_clock::now() < limit; pause = std::min(2 * pause, 2000ms)) {
    // UPDATING takes records too.
    const std::string status = status_of(call_service(api, "DescribeStreamSummary", stream_request(stream)));
    if (status == "ACTIVE" || status == "UPDATING") return;
    if (status == "DELETING") {
      throw CommandError{ExitStatus::nothing_done, "the stream " + stream + " is being deleted"};
    }
    std::this_thread::sleep_for(pause);
  }
  throw CommandError{ExitStatus::nothing_done, "the stream " + stream + " was not ACTIVE within five minutes"};
}

void create_if_missing(aws::KinesisApi& api, const std::string& stream, std::uint32_t shards) {
  if (stream.starts_with("arn:")) throw CommandError{ExitStatus::usage, "--create-shards needs the stream's name"};
  try {
    static_cast<void>(api.call("CreateStream", {{"StreamName", stream}, {"ShardCount", shards}}));
    say("creating the stream " + stream + " with " + std::to_string(shards) + (shards == 1 ? " shard" : " shards"));
  } catch (const aws::ServiceException& error) {
    // It is there already.
    if (error.error().code != "ResourceInUseException") {
      throw CommandError{ExitStatus::nothing_done, explain("CreateStream", error)};
    }
  } catch (const aws::TransportException& error) {
    throw CommandError{ExitStatus::nothing_done, std::string{"CreateStream: "} + error.what()};
  }
  wait_until_active(api, stream);
}

PutSummary run_dry(const PutOptions& options, const Config& config, aws::KinesisApi& api) {
  const auto started = std::chrono::steady_clock::now();
  Failures failures{options.failed_file, options.files, options.quiet};
  RecordReader reader{options.files, options.framing, options.keys, -1};
  Compressor compressor{options.compression};
  const DryRun::Limits limits{.records = config.collection_max_count,
                              .bytes = config.collection_max_size,
                              .record_bytes = config.max_record_size.value_or(std::uint64_t{1} << 20)};
  DryRun dry{options.stream, limits,
             [&](std::string_view operation, const Json& request) { return api.call(operation, request); }, failures};
  PutSummary summary{.stream = options.stream, .dry_run = true};
  for (InputBatch batch; reader.next(batch);) {
    summary.records += batch.records.size() + batch.unreadable.size();
    for (const Unreadable& input : batch.unreadable)
      failures.add_unreadable(input);
    for (InputRecord& record : batch.records) {
      summary.bytes += record.data.size();
      if (options.compression != Compression::none) record.data = batch.keep(compressor.compress(record.data));
      dry.put(record);
    }
  }
  dry.finish();
  const bool written = failures.finish();
  summary.stored = dry.accepted();
  summary.failed = failures.count();
  summary.errors = failures.by_code();
  summary.elapsed = std::chrono::steady_clock::now() - started;
  summary.exit_status = !written ? ExitStatus::failures_not_written
                                 : (summary.failed > 0 ? ExitStatus::some_failed : ExitStatus::success);
  return summary;
}

void check(const PutOptions& options, const Config& config) {
  try {
    config.validate();
  } catch (const ConfigError& error) {
    throw CommandError{ExitStatus::usage, error.what()};
  }
  Input::check(options.files);
  if (options.keys.partition_key_field) check_pointer("--key-field", *options.keys.partition_key_field);
  if (options.keys.explicit_hash_key_field) {
    check_pointer("--explicit-hash-key-field", *options.keys.explicit_hash_key_field);
  }
  if (options.keys.delimiter && options.keys.delimiter->empty()) {
    throw CommandError{ExitStatus::usage, "-K: the delimiter must not be empty"};
  }
}

}  // namespace

int run_put(const PutOptions& options, Config config) {
  check(options, config);
  // Without credentials, region or a readable CA bundle nothing is read.
  aws::KinesisApi api = make_kinesis_api(connection_of(config));
  if (options.create_shards > 0) create_if_missing(api, options.stream, options.create_shards);
  PutSummary summary;
  if (options.dry_run) {
    summary = run_dry(options, config, api);
  } else {
    const bool own_log = std::getenv("AIOKPL_LOG") == nullptr && !options.quiet;  // NOLINT(concurrency-mt-unsafe)
    if (own_log && !config.logger) config.logger = std::make_shared<WarningsOnTerminal>();
    PutSession session{options, std::move(config)};
    summary = session.run();
  }
  if (options.summary == SummaryForm::json) {
    say_plain(summary_json(summary) + "\n");
  } else if (!options.quiet) {
    say_plain(summary_text(summary) + "\n");
  }
  return summary.exit_status;
}

}  // namespace aiokpl::cli
