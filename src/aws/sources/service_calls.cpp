#include "aws/sources/service_calls.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "aws/secrets.hpp"
#include "aws/timestamps.hpp"

namespace aiokpl::aws {
namespace {

constexpr std::size_t largest_file = std::size_t{64} << 10;

bool passes(int status, std::string_view code) {
  // The last two: a token that is replaced before it ends, by those who gave it.
  constexpr std::array<std::string_view, 9> codes{
      "IDPCommunicationError", "Throttling",         "ThrottlingException",   "RequestLimitExceeded", "InternalFailure",
      "RequestTimeout",        "ServiceUnavailable", "ExpiredTokenException", "ExpiredToken"};
  return status == 0 || status == 408 || status == 429 || status >= 500 ||
         std::ranges::find(codes, code) != codes.end();
}

[[noreturn]] void fail_to_read(const std::string& setting, const std::string& path, int number) {
  // A file that is being replaced may be there in a moment.
  throw CredentialsFailure{setting + ": cannot read " + path + ": " + std::system_category().message(number), true};
}

struct Descriptor {
  explicit Descriptor(int opened) : number{opened} {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number >= 0) close(number);
  }
  int number;
};

}  // namespace

void fail_for(const std::string& whom, const WebAnswer& answer, std::initializer_list<std::string_view> secrets) {
  if (answer.status == 0) throw CredentialsFailure{whom + ": " + quotable(answer.problem, secrets), true};
  const ServiceWords words = read_error_words(answer.body);
  std::string said = "HTTP " + std::to_string(answer.status);
  if (!words.code.empty()) said += ", " + words.code;
  if (!words.message.empty()) said += ": " + words.message;
  throw CredentialsFailure{whom + ": " + quotable(said, secrets), passes(answer.status, words.code)};
}

Credentials credentials_of(const std::string& whom, const WebAnswer& answer, CredentialsForm form,
                           std::initializer_list<std::string_view> secrets) {
  if (answer.status != 200) fail_for(whom, answer, secrets);
  const CredentialsReading reading = read_credentials(answer.body, form);
  if (!reading.credentials) {
    throw CredentialsFailure{whom + ": the answer is not understood: " + quotable(reading.problem, secrets)};
  }
  return *reading.credentials;
}

void require_fresh(const std::string& whom, const Credentials& credentials, const FetchContext& context) {
  if (!credentials.expires || *credentials.expires > context.clock()) return;
  throw CredentialsFailure{whom + ": the credentials that came expired at " + write_timestamp(*credentials.expires) +
                               ", which is over by this machine's clock",
                           true};
}

Endpoint endpoint_for(Service service, const std::string& region, const std::optional<std::string>& endpoint_url,
                      const EndpointSwitches& switches, const Environment& environment) {
  const bool given = endpoint_url && !endpoint_url->empty();
  EndpointOutcome found =
      resolve_endpoint({.service = service,
                        .region = region,
                        .endpoint_url = given ? endpoint_url : std::nullopt,
                        .hints = {.use_fips = switches.use_fips,
                                  .use_dualstack = switches.use_dualstack,
                                  .ignore_configured_endpoint_urls = switches.ignore_configured_endpoint_urls},
                        .url_alone_counts = true},
                       environment);
  if (!found) throw CredentialsFailure{quotable(found.problem)};
  return *std::move(found.endpoint);
}

std::string url_below(const Endpoint& endpoint, std::string_view path) {
  std::string url = endpoint.url();
  while (url.ends_with('/'))
    url.pop_back();
  return url.append(path);
}

std::string read_secret_file(const std::string& setting, const std::string& path) {
  // Not blocking: a pipe that nobody writes to would hold the thread for ever.
  const Descriptor file{open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.number < 0) fail_to_read(setting, path, errno);
  // As large as it may become: a string that grows leaves copies of the secret behind.
  std::string content(largest_file + 1, '\0');
  std::size_t size = 0;
  while (size < content.size()) {
    const ssize_t n = read(file.number, content.data() + size, content.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      const int number = errno;
      wipe(content);
      fail_to_read(setting, path, number);
    }
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  content.resize(size);
  if (size > largest_file) {
    wipe(content);
    throw CredentialsFailure{setting + ": " + path + " is larger than 64 KiB"};
  }
  return content;
}

}  // namespace aiokpl::aws
