#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "aws/credentials_source.hpp"

namespace aiokpl::test {

inline constexpr std::chrono::system_clock::time_point fake_now{
    std::chrono::seconds{1'800'000'000}};  // 2027-01-15T08:00:00Z

/// Services that answer from a list, in order, and keep what they were asked.
struct FakeWeb {
  std::map<std::string, std::string> variables;
  std::deque<std::pair<int, std::string>> answers;
  std::vector<aws::WebRequest> requests;

  [[nodiscard]] aws::FetchContext context() {
    return {.environment = [this](const char* name) -> std::optional<std::string> {
              const auto found = variables.find(name);
              return found == variables.end() ? std::nullopt : std::optional{found->second};
            },
            .call =
                [this](const aws::WebRequest& request) {
                  requests.push_back(request);
                  aws::WebAnswer answer;
                  answer.problem = "cannot connect to nowhere:80: Connection refused";
                  if (answers.empty()) return answer;
                  answer.status = answers.front().first;
                  answer.body = answers.front().second;
                  if (answer.status != 0) answer.problem.clear();
                  answers.pop_front();
                  return answer;
                },
            .clock = [] { return fake_now; }};
  }

  [[nodiscard]] bool has_header(std::size_t request, const std::string& line) const {
    for (const std::string& header : requests.at(request).headers) {
      if (header == line) return true;
    }
    return false;
  }
};

/// How a fetch ended, in one line: "KEY SECRET TOKEN", "not configured: ...", "failure: ..." or "temporary: ...".
inline std::string fetched(aws::CredentialsSource& source, FakeWeb& web) {
  try {
    const aws::Credentials made = source.fetch(web.context());
    return made.access_key_id + " " + made.secret_access_key + " " + made.session_token;
  } catch (const aws::NotConfigured& absent) {
    return std::string{"not configured: "} + absent.what();
  } catch (const aws::CredentialsFailure& failure) {
    return std::string{failure.temporary() ? "temporary: " : "failure: "} + failure.what();
  }
}
inline std::string fetched(const aws::SourcePtr& source, FakeWeb& web) {
  return fetched(*source, web);
}

inline const std::string agent_answer =
    R"({"Code":"Success","Type":"AWS-HMAC","AccessKeyId":"AKID","SecretAccessKey":"SECRET","Token":"TOKEN",)"
    R"("Expiration":"2027-01-15T09:00:00Z"})";

}  // namespace aiokpl::test
