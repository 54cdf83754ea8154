#include "cli/tail_command.hpp"

#include <cstdlib>
#include <limits>
#include <memory>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <aiokpl/error.hpp>

#include "aws/kinesis_api.hpp"
#include "cli/connection.hpp"
#include "cli/exit_status.hpp"
#include "cli/signals.hpp"
#include "cli/tail.hpp"
#include "cli/terminal.hpp"
#include "producer/option_values.hpp"

namespace aiokpl::cli {
namespace {

struct Flags {
  Connection connection = {};
  std::string stream = {};
  std::optional<std::string> from = std::nullopt;
  std::optional<std::string> since = std::nullopt;
  std::optional<std::string> shard = std::nullopt;
  std::optional<std::uint64_t> count = std::nullopt;
  bool follow = false;
  bool json = false;
  std::optional<std::string> format = std::nullopt;
  bool raw_records = false;
  std::string decompress = "none";
  bool kcl = false;
};

constexpr const char* footer =
    "Every record's data is printed with a line feed, unless --json or --format says otherwise.\n"
    "Children of a split or merged shard are read after their parents. Without --follow it ends at\n"
    "the present end of every shard, and a signal before that gives status 130; with --follow a\n"
    "signal is how it ends, with status 0.\n\n"
    "Fields of --format: %k partition key, %h explicit hash key, %s data, %S shard, %n sequence\n"
    "number, %i place in the aggregate, %t arrival time, %% a percent sign; \\n \\r \\t \\0 \\\\ \\xHH.\n\n"
    "aiokpl tail --stream A --json | aiokpl put --stream B --ndjson copies keys, tags and bytes.";

WallTime since_of(const std::string& text, WallTime now) {
  if (const auto time = from_rfc3339(text)) {
    if (*time > now) throw CommandError{ExitStatus::usage, "--since " + text + " is in the future"};
    return *time;
  }
  const std::string range = "a time such as 10m or 2026-01-31T12:00:00Z";
  try {
    const auto ago = detail::parse_duration("--since", text, range);
    // The service keeps records for a year at most.
    return now - std::min<std::chrono::nanoseconds>(ago, std::chrono::hours{24 * 366});
  } catch (const InvalidArgument& error) {
    throw CommandError{ExitStatus::usage, error.what()};
  }
}

TailOptions options_of(const Flags& flags) {
  TailOptions options{.stream = flags.stream, .shard = flags.shard, .follow = flags.follow};
  const std::string from = flags.from.value_or(flags.follow ? "latest" : "start");
  if (from == "latest") options.begin = Begin::latest;
  if (flags.since) {
    options.begin = Begin::time;
    options.since = since_of(*flags.since, std::chrono::system_clock::now());
  } else if (from == "latest" && !flags.follow) {
    throw CommandError{ExitStatus::usage, "--from latest needs --follow: nothing has come after the latest record yet"};
  }
  options.output = {.json = flags.json,
                    .raw_records = flags.raw_records,
                    .decompress = flags.decompress == "auto",
                    .kcl = flags.kcl,
                    .count = flags.count};
  if (flags.format) options.output.format.emplace(*flags.format);
  return options;
}

int run(const Flags& flags) {
  const TailOptions options = options_of(flags);
  ignore_broken_pipes();
  StopSwitch stop;
  const SignalWatch signals{[&stop](int number, int count) {
    // A call may take seconds to fail; who asks twice does not want to wait for it.
    if (count > 1) std::_Exit(128 + number);
    stop.stop();
  }};
  aws::KinesisApi api = make_kinesis_api(flags.connection);
  Tail tail{options,
            [&api](std::string_view operation, const nlohmann::json& request) { return api.call(operation, request); },
            STDOUT_FILENO, stop.fd(), [](const std::string& line) { say(line); }};
  tail.run();
  return tail.stopped() && !options.follow ? ExitStatus::interrupted : ExitStatus::success;
}

}  // namespace

void add_tail_command(CLI::App& app, int& exit_status) {
  CLI::App& command = *app.add_subcommand("tail", "Print a stream's records, unpacked");
  const auto flags = std::make_shared<Flags>();
  command.footer(footer);
  command.add_option("--stream", flags->stream, "Name or ARN")->required()->type_name("STREAM");
  auto* const from = command.add_option("--from", flags->from,
                                        "start (all that is kept; the default) or latest (the default with --follow)");
  from->check(CLI::IsMember({"start", "latest"}))->type_name("WHERE");
  command.add_option("--since", flags->since, "From a moment on: 10m (ago), or 2026-01-31T12:00:00Z")
      ->excludes(from)
      ->type_name("TIME");
  command.add_option("--shard", flags->shard, "Only this shard, without its children")->type_name("ID");
  command.add_option("-c,--count", flags->count, "End after so many records")
      ->check(CLI::Range(std::uint64_t{1}, std::numeric_limits<std::uint64_t>::max()))
      ->type_name("N");
  command.add_flag("-f,--follow", flags->follow, "Go on at the end, and wait for more");
  auto* const json = command.add_flag("--json", flags->json, "An object on each line, as put --ndjson reads it");
  command.add_option("--format", flags->format, "Fields and text, see below")->excludes(json)->type_name("FORMAT");
  auto* const raw = command.add_flag("--raw-records", flags->raw_records, "Leave aggregates as they are stored");
  command.add_option("--decompress", flags->decompress, "auto: unpack gzip and zstd, told by their first bytes")
      ->check(CLI::IsMember({"auto", "none"}))
      ->type_name("HOW");
  command
      .add_flag("--kcl", flags->kcl,
                "Leave out aggregates that the Kinesis Client Library drops, and say so on standard error")
      ->excludes(raw);
  add_connection_flags(command, flags->connection);
  command.callback([flags, &exit_status] { exit_status = run(*flags); });
}

}  // namespace aiokpl::cli
