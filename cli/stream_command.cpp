#include "cli/stream_command.hpp"

#include <chrono>
#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <aiokpl/error.hpp>

#include "cli/connection.hpp"
#include "cli/exit_status.hpp"
#include "cli/print.hpp"
#include "cli/shard_choice.hpp"
#include "cli/stream_service.hpp"
#include "cli/stream_table.hpp"
#include "producer/option_values.hpp"

namespace aiokpl::cli {
namespace {

using nlohmann::json;
using Awaited = StreamService::Awaited;

// What the flags of all these commands hold.
struct StreamFlags {
  Connection connection;
  std::string name;
  std::optional<std::uint32_t> shards;
  std::optional<std::string> shard;
  std::optional<std::string> at;
  std::vector<std::string> pair;
  bool on_demand = false;
  bool as_json = false;
  bool yes = false;
  bool wait = true;
  std::string timeout = "5m";
};

// A connection that is made when it is first needed: what is wrong with the flags themselves is said before.
class Session {
 public:
  explicit Session(const StreamFlags& flags)
      : flags_{flags}, timeout_{parse_timeout(flags.timeout)}, api_{make_kinesis_api(flags.connection)} {}

  [[nodiscard]] StreamService& service() noexcept { return service_; }

  void wait_until(Awaited awaited) {
    if (flags_.wait) service_.wait_until(flags_.name, awaited, timeout_);
  }
  void say_shards() {
    if (!flags_.wait) return;
    print(stream_as_text(service_.summary(flags_.name), service_.shards(flags_.name)));
  }

 private:
  static std::chrono::nanoseconds parse_timeout(const std::string& text) try {
    return detail::parse_duration("--timeout", text, "a time such as 5m");
  } catch (const InvalidArgument& wrong) {
    throw CommandError{ExitStatus::usage, wrong.what()};
  }

  const StreamFlags& flags_;
  std::chrono::nanoseconds timeout_;
  aws::KinesisApi api_;
  StreamService service_{api_};
};

void create(const StreamFlags& flags) {
  json request{{"StreamName", flags.name},
               {"StreamModeDetails", {{"StreamMode", flags.on_demand ? "ON_DEMAND" : "PROVISIONED"}}}};
  if (!flags.on_demand) request["ShardCount"] = flags.shards.value_or(1);
  Session session{flags};
  session.service().change("CreateStream", request);
  session.wait_until(Awaited::created);
  session.say_shards();
}

void list(const StreamFlags& flags) {
  Session session{flags};
  const std::vector<json> streams = session.service().streams();
  if (!flags.as_json) {
    print(streams_as_text(streams));
    return;
  }
  json names = json::array();
  for (const json& stream : streams)
    names.push_back(stream.at("StreamName"));
  print(names.dump(2) + '\n');
}

void describe(const StreamFlags& flags) {
  Session session{flags};
  const json summary = session.service().summary(flags.name);
  const auto shards = session.service().shards(flags.name);
  print(flags.as_json ? stream_as_json(summary, shards) : stream_as_text(summary, shards));
}

void split(const StreamFlags& flags) {
  std::optional<HashKey> at;
  if (flags.at) {
    at = HashKey::from_decimal(*flags.at);
    if (!at) throw CommandError{ExitStatus::usage, "--at: must be a decimal number below 2^128, got " + *flags.at};
  }
  Session session{flags};
  const SplitChoice choice = choose_split(session.service().shards(flags.name), flags.shard, at);
  json request = stream_request(flags.name);
  request["ShardToSplit"] = choice.shard;
  request["NewStartingHashKey"] = choice.at.to_decimal();
  session.service().change("SplitShard", request);
  session.wait_until(Awaited::changed);
  session.say_shards();
}

void merge(const StreamFlags& flags) {
  std::optional<MergeChoice> given;
  if (flags.pair.size() == 1) {
    throw CommandError{ExitStatus::usage, "merge: give two shards, or none for the two narrowest neighbours"};
  }
  if (!flags.pair.empty()) given = MergeChoice{flags.pair[0], flags.pair[1]};
  Session session{flags};
  const MergeChoice choice = choose_merge(session.service().shards(flags.name), given);
  json request = stream_request(flags.name);
  request["ShardToMerge"] = choice.first;
  request["AdjacentShardToMerge"] = choice.second;
  session.service().change("MergeShards", request);
  session.wait_until(Awaited::changed);
  session.say_shards();
}

void scale(const StreamFlags& flags) {
  Session session{flags};
  json request = stream_request(flags.name);
  request["TargetShardCount"] = flags.shards.value();
  request["ScalingType"] = "UNIFORM_SCALING";
  session.service().change("UpdateShardCount", request);
  session.wait_until(Awaited::changed);
  session.say_shards();
}

// Deleting takes the records along: a slip of the finger must not be enough.
void confirm(const StreamFlags& flags) {
  if (flags.yes) return;
  if (::isatty(STDIN_FILENO) != 1) {
    throw CommandError{ExitStatus::usage, "delete: " + flags.name + " would be gone with all its records; say --yes"};
  }
  std::cerr << "This deletes " << flags.name << " with all its records. Type its name to go on: " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  if (answer != flags.name) throw CommandError{ExitStatus::nothing_done, "delete: nothing was deleted"};
}

void remove(const StreamFlags& flags) {
  confirm(flags);
  Session session{flags};
  session.service().change("DeleteStream", stream_request(flags.name));
  session.wait_until(Awaited::deleted);
}

void add_name(CLI::App& command, StreamFlags& flags, const char* what = "The stream's name or ARN") {
  command.add_option("NAME", flags.name, what)->required();
}

void add_waiting(CLI::App& command, StreamFlags& flags, const char* what) {
  command.add_flag("--wait,!--no-wait", flags.wait, what);
  command.add_option("--timeout", flags.timeout, "Longest wait")->type_name("TIME")->capture_default_str();
}

using Run = void (*)(const StreamFlags&);

CLI::App& add(CLI::App& parent, const std::shared_ptr<StreamFlags>& flags, int& exit_status, const char* name,
              const char* what, Run run) {
  CLI::App& command = *parent.add_subcommand(name, what);
  add_connection_flags(command, flags->connection);
  command.callback([flags, &exit_status, run] {
    run(*flags);
    exit_status = ExitStatus::success;
  });
  return command;
}

}  // namespace

void add_stream_command(CLI::App& app, int& exit_status) {
  const auto flags = std::make_shared<StreamFlags>();
  const char* until_active = "Wait until the stream is ACTIVE again (the default), or do not";
  CLI::App& stream = *app.add_subcommand("stream", "Make, look at and change streams");
  stream.require_subcommand(1);

  CLI::App& creating = add(stream, flags, exit_status, "create", "Create a stream", create);
  add_name(creating, *flags, "1 to 128 of a-z, A-Z, 0-9, _ . -");
  auto* const shards =
      creating.add_option("--shards", flags->shards, "Shards (default: 1)")->check(CLI::PositiveNumber);
  creating.add_flag("--on-demand", flags->on_demand, "The service decides how many shards")->excludes(shards);
  add_waiting(creating, *flags, "Wait until the stream is ACTIVE (the default), or do not");

  CLI::App& listing = add(stream, flags, exit_status, "list", "List the streams", list);
  listing.add_flag("--json", flags->as_json, "Their names as JSON");

  CLI::App& describing = add(stream, flags, exit_status, "describe", "Show a stream and its shards", describe);
  add_name(describing, *flags);
  describing.add_flag("--json", flags->as_json, "As JSON");

  CLI::App& splitting = add(stream, flags, exit_status, "split", "Split a shard in two", split);
  add_name(splitting, *flags);
  splitting.add_option("--shard", flags->shard, "Which one (default: the widest)")->type_name("ID");
  splitting.add_option("--at", flags->at, "First hash key of the upper part (default: the middle)")
      ->type_name("HASHKEY");
  add_waiting(splitting, *flags, until_active);

  CLI::App& merging = add(stream, flags, exit_status, "merge", "Merge two neighbouring shards", merge);
  add_name(merging, *flags);
  merging.add_option("SHARD", flags->pair, "Two shards (default: the two narrowest neighbours)")->expected(0, 2);
  add_waiting(merging, *flags, until_active);

  CLI::App& scaling = add(stream, flags, exit_status, "scale", "Change the number of shards", scale);
  add_name(scaling, *flags);
  scaling.add_option("--shards", flags->shards, "At most double and at least half of what there is")
      ->required()
      ->check(CLI::PositiveNumber);
  add_waiting(scaling, *flags, until_active);

  CLI::App& deleting = add(stream, flags, exit_status, "delete", "Delete a stream and its records", remove);
  add_name(deleting, *flags);
  deleting.add_flag("--yes,-y", flags->yes, "Do not ask");
  add_waiting(deleting, *flags, "Wait until the stream is gone (the default), or do not");
}

}  // namespace aiokpl::cli
