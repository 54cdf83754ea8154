// Faults of the local Kinesis, as its control address takes them in JSON and as the command line takes them, and the
// streams of the command line. What is taken makes a plan that can decide.
#include <optional>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "aws/document.hpp"
#include "cli/exit_status.hpp"
#include "cli/local_options.hpp"
#include "emulator/faults.hpp"
#include "emulator/service.hpp"
#include "emulator/validation.hpp"
#include "tests/fuzz/fuzz_input.hpp"
#include "tests/fuzz/property.hpp"

namespace aiokpl::fuzz {
namespace {

using emulator::Faults;

void check_taken(const Faults& faults) {
  const std::string shown = emulator::to_json(faults);
  hold(emulator::to_json(emulator::from_json(shown, {})) == shown, "what is shown can be set again");
  emulator::FaultPlan plan{1, faults};
  for (int i = 0; i < 8; ++i) {
    const auto fate = plan.decide("PutRecords");
    hold(fate.latency >= faults.latency && fate.latency <= faults.latency + faults.latency_jitter,
         "a request waits as long as was said");
  }
}

/// What `make` makes; nothing where it refuses.
template <typename Make>
std::optional<Faults> taken(Make make) {
  try {
    return make();
  } catch (const std::invalid_argument& error) {
    hold(!std::string_view{error.what()}.empty(), "a refusal says why");
  } catch (const cli::CommandError& error) {
    hold(error.status() == cli::ExitStatus::usage, "a wrong fault is a wrong use");
  }
  return std::nullopt;
}

void check_json(const std::string& text) {
  if (const auto faults = taken([&] { return emulator::from_json(text, {}); })) check_taken(*faults);
  // The same by way of its address.
  emulator::Service service{{}};
  emulator::Scratch scratch;
  const emulator::Reply reply = service.handle({"PUT", "/_aiokpl/faults", {}, text}, {}, scratch);
  hold(reply.status == 200 || reply.status == 400, "faults are set or refused");
  hold(aws::read_document(scratch.answer, WireProtocol::json).has_value(), "the answer can be read");
}

void check_command_line(std::string_view text) {
  const auto faults = taken([&] {
    Faults parsed;
    cli::parse_faults(text, parsed);
    emulator::check(parsed);  // as everything that is given to the local Kinesis
    return parsed;
  });
  if (faults) check_taken(*faults);
  try {
    const emulator::StreamSpec spec = cli::parse_stream_spec(text);
    hold(emulator::is_name(spec.name) && spec.shards >= 1 && spec.shards <= 10'000, "a stream has a name and shards");
    hold(spec.on_demand || !spec.automatic_distribution, "AUTO streams are on demand");
  } catch (const cli::CommandError& error) {
    hold(error.status() == cli::ExitStatus::usage, "a wrong stream is a wrong use");
  }
}

}  // namespace
}  // namespace aiokpl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text{reinterpret_cast<const char*>(data), size};
  aiokpl::fuzz::check_json(text);
  aiokpl::fuzz::check_command_line(text);
  return 0;
}
