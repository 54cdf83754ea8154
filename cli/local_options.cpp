#include "cli/local_options.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <nlohmann/json.hpp>

#include <aiokpl/error.hpp>

#include "cli/exit_status.hpp"
#include "cli/text.hpp"
#include "producer/option_values.hpp"

namespace aiokpl::cli {
namespace {

using emulator::Faults;
using emulator::StreamSpec;

constexpr std::uint32_t most_shards = 10'000;
// What the service gives a new stream in on-demand mode.
constexpr std::uint32_t on_demand_shards = 4;

struct Rate {
  std::string_view name;
  double Faults::* field;
  std::string_view what;
};
struct Time {
  std::string_view name;
  std::chrono::nanoseconds Faults::* field;
  std::string_view what;
};

constexpr std::array rates{
    Rate{"throttle", &Faults::throttle_rate, "Kinesis records answered as throttled"},
    Rate{"internal-error", &Faults::internal_error_rate, "Kinesis records answered with InternalFailure"},
    Rate{"drop", &Faults::drop_rate, "connections closed before the request is processed"},
    Rate{"drop-after", &Faults::drop_after_rate, "connections closed after it was processed"},
    Rate{"request-error", &Faults::request_error_rate, "requests answered 500 InternalFailure"},
    Rate{"request-throttle", &Faults::request_throttle_rate, "requests answered as throttled"},
    Rate{"truncate", &Faults::truncate_rate, "answers cut off in the middle"},
    Rate{"garbage", &Faults::garbage_rate, "answers that are noise"},
    Rate{"wrong-count", &Faults::wrong_count_rate, "PutRecords answered for one record less"},
};
constexpr std::array times{
    Time{"latency", &Faults::latency, "every answer waits so long"},
    Time{"jitter", &Faults::latency_jitter, "... plus up to so long"},
};

[[noreturn]] void refuse_stream(std::string_view text) {
  throw CommandError{ExitStatus::usage,
                     "--stream: must be NAME:SHARDS (1 to 10000), NAME:on-demand or NAME:auto, NAME 1 to 128 of a-z, "
                     "A-Z, 0-9, _ . -, got " +
                         detail::show_quoted(text)};
}

bool is_stream_name(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '-';
  };
  return !name.empty() && name.size() <= 128 && std::ranges::all_of(name, allowed);
}

double rate_of(std::string_view name, std::string_view value) {
  constexpr std::string_view range = "0 to 1";
  const std::string field = "--fault " + std::string{name};
  const double rate = detail::parse_rate(field, value, range);
  if (rate < 0 || rate > 1) {
    throw CommandError{ExitStatus::usage, field + ": must be 0 to 1, got " + detail::show_quoted(value)};
  }
  return rate;
}

void set_fault(std::string_view name, std::string_view value, Faults& faults) {
  for (const Rate& rate : rates) {
    if (name != rate.name) continue;
    faults.*rate.field = rate_of(name, value);
    return;
  }
  for (const Time& time : times) {
    if (name != time.name) continue;
    faults.*time.field = detail::parse_duration("--fault " + std::string{name}, value, "a time such as 5ms");
    return;
  }
  if (name == "refuse" && !value.empty()) {
    faults.refused_operations.emplace_back(value);
  } else if (name == "stale-list-shards" && value.empty()) {
    faults.stale_list_shards = true;
  } else {
    throw CommandError{ExitStatus::usage, "--fault: " + detail::show_quoted(name) +
                                              " is no fault, or not with the value " + detail::show_quoted(value) +
                                              "; aiokpl local --help lists them"};
  }
}

std::string name_of_first(const RunningLocal& local) {
  return local.streams.empty() ? "my-stream" : local.streams.front().name;
}

std::string show(const StreamSpec& spec) {
  if (spec.automatic_distribution) return spec.name + " (on demand, AUTO)";
  const std::string shards = grouped(spec.shards) + (spec.shards == 1 ? " shard" : " shards");
  return spec.name + " (" + shards + (spec.on_demand ? ", on demand)" : ")");
}

}  // namespace

StreamSpec parse_stream_spec(std::string_view text) {
  const std::size_t colon = text.find(':');
  StreamSpec spec;
  spec.name = text.substr(0, colon);
  if (!is_stream_name(spec.name)) refuse_stream(text);
  if (colon == std::string_view::npos) return spec;
  const std::string_view shards = text.substr(colon + 1);
  if (shards == "auto" || shards == "on-demand") {
    spec.on_demand = true;
    spec.automatic_distribution = shards == "auto";
    spec.shards = on_demand_shards;
    return spec;
  }
  const char* const end = shards.data() + shards.size();
  const auto read = std::from_chars(shards.data(), end, spec.shards);
  if (read.ec != std::errc{} || read.ptr != end || spec.shards < 1 || spec.shards > most_shards) refuse_stream(text);
  return spec;
}

void parse_faults(std::string_view text, Faults& faults) try {
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view fault = text.substr(0, comma);
    const std::size_t equals = fault.find('=');
    const std::string_view value = equals == std::string_view::npos ? std::string_view{} : fault.substr(equals + 1);
    set_fault(fault.substr(0, equals), value, faults);
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
  }
} catch (const InvalidArgument& wrong) {
  throw CommandError{ExitStatus::usage, wrong.what()};
}

std::string fault_names() {
  std::string text;
  const auto add = [&](std::string_view name, std::string_view what) {
    text.append("  ").append(name).append(24 - name.size(), ' ').append(what).append("\n");
  };
  for (const Rate& rate : rates)
    add(std::string{rate.name} + "=RATE", rate.what);
  for (const Time& time : times)
    add(std::string{time.name} + "=TIME", time.what);
  add("refuse=OPERATION", "this operation answers AccessDeniedException");
  add("stale-list-shards", "ListShards goes on telling the shards of the start");
  text.pop_back();
  return text;
}

std::string how_to_use(const RunningLocal& local) {
  const std::string stream = name_of_first(local);
  const std::string with = " --endpoint-url " + local.endpoint_url;
  const std::string keys =
      local.checks_signatures ? "" : "AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_REGION=" + local.region;
  std::string text = "Local Kinesis at " + local.endpoint_url;
  if (!local.tls_endpoint_url.empty()) text += " and " + local.tls_endpoint_url;
  text += "\nStreams: ";
  for (std::size_t i = 0; i < local.streams.size(); ++i)
    text += (i == 0 ? "" : ", ") + show(local.streams[i]);
  if (local.streams.empty()) text += "none yet: aiokpl stream create my-stream --shards 2" + with;
  text += local.discard ? "\nRecords are answered and thrown away.\n"
                        : "\nRecords are kept in memory and are gone when it stops (Ctrl-C).\n";
  if (local.checks_signatures) text += "Requests must be signed with the credentials of this environment.\n";
  text += "\nIn another terminal:\n\n  echo hello | aiokpl put --stream " + stream + with +
          "\n  aiokpl tail --follow --stream " + stream + with + "\n\nThe AWS CLI:\n\n  " + keys +
          (keys.empty() ? "" : " ") + "aws kinesis list-shards --stream-name " + stream + with +
          "\n\nEverything that uses an AWS SDK, and aiokpl itself, through the environment:\n\n  export "
          "AWS_ENDPOINT_URL_KINESIS=" +
          local.endpoint_url + (keys.empty() ? "" : " " + keys) + "\n";
  if (!local.tls_endpoint_url.empty()) {
    text +=
        "\nOver TLS:\n\n  --endpoint-url " + local.tls_endpoint_url + " --ca-bundle " + local.certificate_file + "\n";
  }
  return text;
}

std::string ready_json(const RunningLocal& local) {
  auto document = nlohmann::ordered_json::object();
  const auto add = [&](const char* name, const std::string& value) {
    document[name] = value.empty() ? nlohmann::ordered_json{} : nlohmann::ordered_json(value);
  };
  add("endpoint_url", local.endpoint_url);
  add("tls_endpoint_url", local.tls_endpoint_url);
  add("certificate", local.certificate_file);
  return document.dump(2) + '\n';
}

}  // namespace aiokpl::cli
