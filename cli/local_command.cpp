#include "cli/local_command.hpp"

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include <CLI/CLI.hpp>
#include <poll.h>
#include <unistd.h>

#include <aiokpl/emulator.hpp>
#include <aiokpl/error.hpp>

#include "aws/environment.hpp"
#include "cli/exit_status.hpp"
#include "cli/local_options.hpp"
#include "cli/print.hpp"
#include "cli/signals.hpp"
#include "cli/text.hpp"
#include "cli/whole_file.hpp"
#include "producer/option_values.hpp"

namespace aiokpl::cli {
namespace {

struct LocalFlags {
  emulator::Options options;
  std::vector<std::string> streams;
  std::vector<std::string> faults;
  std::optional<std::uint16_t> tls_port;
  std::string retention = "24h";
  std::string retention_bytes = "1GiB";
  std::string transition = "0";
  bool check_signatures = false;
  std::string ready_file;
  std::string certificate_file;
};

void read_limits(const LocalFlags& flags, emulator::Options& options) try {
  using namespace std::chrono;
  options.retention = ceil<seconds>(detail::parse_duration("--retention", flags.retention, "a time such as 24h"));
  options.retention_bytes = detail::parse_size("--retention-bytes", flags.retention_bytes, "bytes");
  options.transition =
      ceil<milliseconds>(detail::parse_duration("--transition", flags.transition, "a time such as 2s"));
} catch (const InvalidArgument& wrong) {
  throw CommandError{ExitStatus::usage, wrong.what()};
}

// Out of the environment only: a command line can be read by everybody on the machine.
void read_credentials(emulator::Options& options) {
  const aws::Environment environment = aws::process_environment();
  options.access_key_id = environment("AWS_ACCESS_KEY_ID");
  options.secret_access_key = environment("AWS_SECRET_ACCESS_KEY");
  if (!options.access_key_id || !options.secret_access_key) {
    throw CommandError{ExitStatus::usage,
                       "--check-signatures: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to what requests are to "
                       "be signed with"};
  }
}

emulator::Options to_options(const LocalFlags& flags) {
  emulator::Options options = flags.options;
  for (const std::string& stream : flags.streams)
    options.streams.push_back(parse_stream_spec(stream));
  for (const std::string& faults : flags.faults)
    parse_faults(faults, options.faults);
  if (flags.tls_port) options.tls = true;
  // The next one, so that one number is enough to remember; where any port will do, any will do here.
  const auto next = static_cast<std::uint16_t>(options.port == 0 || options.port == 65535 ? 0 : options.port + 1);
  options.tls_port = flags.tls_port.value_or(next);
  if (!flags.certificate_file.empty() && !options.tls) {
    throw CommandError{ExitStatus::usage, "--certificate-file: there is a certificate only with --tls"};
  }
  if (flags.check_signatures) read_credentials(options);
  read_limits(flags, options);
  return options;
}

std::unique_ptr<emulator::LocalKinesis> make(const emulator::Options& options) try {
  return std::make_unique<emulator::LocalKinesis>(options);
} catch (const std::exception& wrong) {
  throw CommandError{ExitStatus::usage, wrong.what()};
}

void start(emulator::LocalKinesis& kinesis) try { kinesis.start(); } catch (const std::system_error& failed) {
  std::string line = failed.what();
  if (failed.code() == std::errc::address_in_use) line += "; choose another with --port, or 0 for any free one";
  throw CommandError{ExitStatus::nothing_done, line};
}

std::optional<WholeFile> write_certificate(const LocalFlags& flags, const emulator::LocalKinesis& kinesis) {
  if (kinesis.certificate_pem().empty()) return std::nullopt;
  std::optional<WholeFile> file;
  if (flags.certificate_file.empty()) {
    file.emplace(WholeFile::temporary("aiokpl-local-", ".pem"));
  } else {
    file.emplace(flags.certificate_file);
  }
  file->write(kinesis.certificate_pem());
  return file;
}

void wait_for(const StopSwitch& stop) {
  pollfd waiting{stop.fd(), POLLIN, 0};
  while (::poll(&waiting, 1, -1) < 0 && errno == EINTR) {
  }
}

void say_goodbye(const emulator::Counters& counters) {
  std::uint64_t requests = 0;
  for (const auto& [operation, count] : counters.requests)
    requests += count;
  print("\nStopped after " + grouped(requests) + " requests and " + grouped(counters.records_stored) +
        " Kinesis records (" + show_bytes(counters.bytes_stored) + ").\n");
}

void run(const LocalFlags& flags) {
  const emulator::Options options = to_options(flags);
  StopSwitch stop;
  // Before the server's threads, which then leave the signals alone. A second signal does not wait for anything.
  const SignalWatch signals{[&](int number, int count) {
    if (count > 1) ::_exit(128 + number);
    stop.stop();
  }};
  const auto kinesis = make(options);
  std::optional<WholeFile> ready;
  if (!flags.ready_file.empty()) ready.emplace(flags.ready_file);
  start(*kinesis);
  const std::optional<WholeFile> certificate = write_certificate(flags, *kinesis);
  const RunningLocal local{.endpoint_url = kinesis->endpoint_url(),
                           .tls_endpoint_url = kinesis->tls_endpoint_url(),
                           .certificate_file = certificate ? certificate->path() : std::string{},
                           .region = options.region,
                           .streams = options.streams,
                           .discard = options.discard,
                           .checks_signatures = flags.check_signatures};
  print(how_to_use(local));
  if (ready) ready->write(ready_json(local));
  wait_for(stop);
  kinesis->stop();
  say_goodbye(kinesis->counters());
}

void add_service_flags(CLI::App& command, LocalFlags& flags) {
  emulator::Options& options = flags.options;
  command.add_option("--port", options.port, "For HTTP; 0 takes any free one")->capture_default_str();
  command.add_option("--address", options.address, "To listen on")->capture_default_str();
  command.add_flag("--tls", options.tls, "Listen for HTTPS too, with a certificate made at the start");
  command.add_option("--tls-port", flags.tls_port, "For HTTPS (default: the port after --port)");
  command.add_option("--region", options.region, "What stands in ARNs")->capture_default_str();
  command.add_option("--ready-file", flags.ready_file, "Written when it answers: endpoints and certificate, as JSON")
      ->type_name("FILE");
  command
      .add_option("--certificate-file", flags.certificate_file,
                  "Where to put the certificate for --ca-bundle (default: a temporary file)")
      ->type_name("FILE");
  command.add_option("--threads", options.threads, "That serve connections")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
}

void add_behaviour_flags(CLI::App& command, LocalFlags& flags) {
  emulator::Options& options = flags.options;
  command.add_option("--stream", flags.streams, "A stream to begin with: NAME:SHARDS, NAME:on-demand or NAME:auto")
      ->type_name("SPEC")
      ->allow_extra_args(false);
  command.add_flag("--discard", options.discard, "Answer records and throw them away, for benchmarks");
  command.add_flag("--enforce-limits", options.enforce_limits, "1,000 records and 1 MiB a second and shard");
  command.add_option("--retention", flags.retention, "Records older than this are gone")
      ->type_name("TIME")
      ->capture_default_str();
  command.add_option("--retention-bytes", flags.retention_bytes, "What a stream keeps; beyond, its oldest records go")
      ->type_name("BYTES")
      ->capture_default_str();
  command.add_option("--transition", flags.transition, "How long a stream stays CREATING, UPDATING or DELETING")
      ->type_name("TIME")
      ->capture_default_str();
  command.add_flag("--check-signatures", flags.check_signatures,
                   "Serve only what is signed with this environment's AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
  command.add_option("--fault", flags.faults, "What goes wrong on purpose, such as throttle=0.2,drop=0.02,latency=5ms")
      ->type_name("FAULTS")
      ->allow_extra_args(false);
  command.add_option("--seed", options.seed, "The same seed gives the same faults")->capture_default_str();
  command.footer("Faults:\n" + fault_names());
}

}  // namespace

void add_local_command(CLI::App& app, int& exit_status) {
  const auto flags = std::make_shared<LocalFlags>();
  flags->options.port = 4567;
  CLI::App& command = *app.add_subcommand("local", "Run a Kinesis on this machine");
  add_service_flags(command, *flags);
  add_behaviour_flags(command, *flags);
  command.callback([flags, &exit_status] {
    run(*flags);
    exit_status = ExitStatus::success;
  });
}

}  // namespace aiokpl::cli
