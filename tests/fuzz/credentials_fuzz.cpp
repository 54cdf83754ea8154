// Credentials as agents, programs and the SSO portal write them, times, URLs and commands: what is taken can be sent.
#include <string>

#include "aws/command.hpp"
#include "aws/credentials_reader.hpp"
#include "aws/secrets.hpp"
#include "aws/timestamps.hpp"
#include "aws/web_url.hpp"
#include "tests/fuzz/fuzz_input.hpp"
#include "tests/fuzz/property.hpp"

namespace aiokpl::fuzz {
namespace {

void check_credentials(std::string_view text, aws::CredentialsForm form) {
  const aws::CredentialsReading reading = aws::read_credentials(text, form);
  hold(reading.credentials.has_value() == reading.problem.empty(), "there are credentials or a problem");
  if (!reading.credentials) return;
  const aws::Credentials& made = *reading.credentials;
  hold(aws::fits_a_header(made.access_key_id) && aws::fits_a_header(made.secret_access_key), "they fit into headers");
  const bool may_lack = form == aws::CredentialsForm::process;
  hold(aws::fits_a_header(made.session_token) || (may_lack && made.session_token.empty()), "so does the token");
  hold(made.expires.has_value() || may_lack, "they expire");
  if (made.expires) hold(made.expires->time_since_epoch().count() >= 0, "the time is one of the clock's");
}

void check_time(std::string_view text) {
  const auto time = aws::read_timestamp(text);
  if (!time) return;
  const auto again = aws::read_timestamp(aws::write_timestamp(*time));
  hold(again == std::chrono::floor<std::chrono::seconds>(*time), "a time that is written reads back equal");
}

void check_url(std::string_view text) {
  const auto url = aws::read_web_url(text);
  if (!url) return;
  hold(aws::fits_a_header(url->authority()) && url->path.starts_with('/'), "a URL has a host and a path");
  const auto again = aws::read_web_url(url->scheme + "://" + url->authority() + url->path);
  hold(again && again->host == url->host && again->port == url->port, "its parts lead to the same host");
}

void check_command(std::string_view text) {
  const aws::CommandWords split = aws::split_command(text);
  hold(split.words.empty() != split.problem.empty(), "there are words or a problem");
  std::string quoted;
  for (const std::string& word : split.words) {
    quoted += " '";
    for (const char c : word)
      quoted += c == '\'' ? std::string{"'\\''"} : std::string{c};
    quoted += "'";
  }
  if (!split.words.empty()) hold(aws::split_command(quoted).words == split.words, "quoted words stay what they are");
}

void check(FuzzInput& input) {
  const std::size_t which = input.below(6);
  const std::string_view text = input.rest();
  if (which == 0) check_credentials(text, aws::CredentialsForm::agent);
  if (which == 1) check_credentials(text, aws::CredentialsForm::process);
  if (which == 2) check_credentials(text, aws::CredentialsForm::portal);
  if (which == 3) check_time(text);
  if (which == 4) check_url(text);
  if (which == 5) check_command(text);
}

}  // namespace
}  // namespace aiokpl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  aiokpl::fuzz::FuzzInput input{data, size};
  aiokpl::fuzz::check(input);
  return 0;
}
