#include <utility>

#include "aws/command.hpp"
#include "aws/secrets.hpp"
#include "aws/sources/service_calls.hpp"

namespace aiokpl::aws {
namespace {

class ProcessSource final : public CredentialsSource {
 public:
  explicit ProcessSource(std::string command) : command_{std::move(command)} {}
  ProcessSource(const ProcessSource&) = delete;
  ProcessSource& operator=(const ProcessSource&) = delete;
  ~ProcessSource() override { wipe(command_); }

  Credentials fetch(const FetchContext& context) override {
    const CommandWords command = split_command(command_);
    // The command itself is never shown: its arguments may be secret.
    if (!command.problem.empty()) throw CredentialsFailure{name() + ": the command " + command.problem};
    const std::string program = quotable(command.words.front());
    const CommandResult result = run_command(command.words, {}, context.stop);
    if (!result.problem.empty()) throw CredentialsFailure{name() + ": " + result.problem, result.started};
    if (result.exit_code != 0) {
      throw CredentialsFailure{name() + ": " + program + " ended with code " + std::to_string(result.exit_code) +
                               ": run it by hand to see what it says"};
    }
    const CredentialsReading reading = read_credentials(result.output, CredentialsForm::process);
    if (!reading.credentials) {
      throw CredentialsFailure{name() + ": what " + program + " wrote is not understood: " + reading.problem};
    }
    require_fresh(name(), *reading.credentials, context);
    return *reading.credentials;
  }

  std::string name() const override { return "credential_process"; }

 private:
  std::string command_;
};

}  // namespace

SourcePtr process_source(std::string command) {
  return std::make_shared<ProcessSource>(std::move(command));
}

}  // namespace aiokpl::aws
