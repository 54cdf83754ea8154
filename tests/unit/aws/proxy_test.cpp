#include "aws/proxy.hpp"

#include <map>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aws/no_proxy.hpp"

namespace aiokpl::aws {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Environment variables(std::map<std::string, std::string> set) {
  return [set = std::move(set)](const char* name) -> std::optional<std::string> {
    const auto found = set.find(name);
    return found == set.end() ? std::nullopt : std::optional{found->second};
  };
}

std::string proxy_for(const std::map<std::string, std::string>& environment, const std::string& scheme,
                      const std::string& host = "kinesis.example.com", std::uint16_t port = 443) {
  const ProxyOutcome outcome = resolve_proxies({}, variables(environment));
  if (!outcome) return outcome.problem;
  const Proxy* proxy = outcome.settings->find(scheme, host, port);
  return proxy == nullptr ? "none" : proxy->setting + " " + proxy->url();
}

TEST(Proxy, ComesFromTheEnvironmentAsCurlHasIt) {
  EXPECT_EQ(proxy_for({}, "https"), "none");
  EXPECT_EQ(proxy_for({{"HTTPS_PROXY", "http://p:1"}}, "https"), "HTTPS_PROXY http://p:1");
  EXPECT_EQ(proxy_for({{"HTTPS_PROXY", "http://p:1"}, {"https_proxy", "q:2"}}, "https"), "https_proxy http://q:2");
  EXPECT_EQ(proxy_for({{"HTTPS_PROXY", "http://p:1"}}, "http"), "none");
  EXPECT_EQ(proxy_for({{"http_proxy", "http://p:1"}}, "http"), "http_proxy http://p:1");
  EXPECT_EQ(proxy_for({{"http_proxy", "http://p:1"}}, "https"), "none");
  EXPECT_EQ(proxy_for({{"HTTP_PROXY", "http://p:1"}}, "http"), "none") << "a CGI program's visitor sets that one";
  EXPECT_EQ(proxy_for({{"ALL_PROXY", "socks5h://p"}}, "http"), "ALL_PROXY socks5h://p:1080");
  EXPECT_EQ(proxy_for({{"all_proxy", "https://p"}, {"ALL_PROXY", "q"}}, "https"), "all_proxy https://p:443");
  EXPECT_EQ(proxy_for({{"https_proxy", "http://[fd00::1]:3128/"}}, "https"), "https_proxy http://[fd00::1]:3128");
}

TEST(Proxy, IsNamedWhenItIsNone) {
  EXPECT_THAT(proxy_for({{"https_proxy", "ftp://p"}}, "https"),
              testing::AllOf(StartsWith("https_proxy: must be a proxy such as http://"), HasSubstr("got \"ftp://p\"")));
  EXPECT_THAT(proxy_for({{"HTTPS_PROXY", "p:99999"}}, "https"), StartsWith("HTTPS_PROXY: must be"));
  EXPECT_THAT(proxy_for({{"ALL_PROXY", "http://"}}, "https"), StartsWith("ALL_PROXY: must be"));
  EXPECT_THAT(proxy_for({{"http_proxy", "http://me:hunter2@p:x"}}, "http"),
              testing::AllOf(StartsWith("http_proxy: must be"), Not(HasSubstr("hunter2"))));
}

TEST(Proxy, TheConfigurationWinsOverTheEnvironment) {
  const Environment environment = variables({{"https_proxy", "http://p:1"}, {"no_proxy", "*"}});
  const ProxyOutcome outcome =
      resolve_proxies({.host = "fd00::1", .port = 3128, .user_name = "me", .password = "hunter2"}, environment);
  ASSERT_TRUE(outcome);
  for (const char* scheme : {"http", "https"}) {
    const Proxy* proxy = outcome.settings->find(scheme, "kinesis.example.com", 443);
    ASSERT_NE(proxy, nullptr);
    EXPECT_EQ(proxy->url(), "http://[fd00::1]:3128");
    EXPECT_EQ(proxy->user_name, "me");
    EXPECT_EQ(proxy->password, "hunter2");
    EXPECT_EQ(proxy->setting, "proxy_host");
  }
  EXPECT_EQ(outcome.settings->find("https", "127.0.0.1", 443), nullptr);
  EXPECT_EQ(outcome.settings->find("http", "[::1]", 443), nullptr);
}

TEST(Proxy, ItsPasswordIsDecodedAndNotPrinted) {
  const ProxyOutcome outcome = resolve_proxies({}, variables({{"https_proxy", "http://m%40e:hunter%3A2@p:1"}}));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome.settings->https->user_name, "m@e");
  EXPECT_EQ(outcome.settings->https->password, "hunter:2");
  std::ostringstream printed;
  printed << *outcome.settings->https;
  EXPECT_EQ(printed.str(), "http://p:1");
}

TEST(NoProxy, NamesHostsAsCurlReadsThem) {
  struct Row {
    const char* list;
    const char* host;
    bool direct;
  };
  for (const Row& row : {Row{"", "a.com", false},
                         {"*", "a.com", true},
                         {"a.com", "a.com", true},
                         {"A.com", "a.COM.", true},
                         {"a.com", "b.a.com", true},
                         {".a.com", "b.a.com", true},
                         {".a.com", "a.com", true},
                         {"a.com", "ba.com", false},
                         {"b.a.com", "a.com", false},
                         {"x, a.com", "a.com", true},
                         {"x a.com y", "a.com", true},
                         {"x,*", "a.com", true},
                         {"*.a.com", "b.a.com", false},
                         {",,", "a.com", false},
                         {"10.0.0.1", "10.0.0.1", true},
                         {"0.0.1", "10.0.0.1", false},
                         {"10.0.0.0/8", "10.200.0.1", true},
                         {"10.0.0.0/8", "11.0.0.1", false},
                         {"10.128.0.0/9", "10.127.0.1", false},
                         {"10.128.0.0/9", "10.129.0.1", true},
                         {"0.0.0.0/0", "1.2.3.4", true},
                         {"10.0.0.0/33", "10.0.0.0", false},
                         {"10.0.0.0/x", "10.0.0.0", false},
                         {"fd00::1", "[fd00::1]", true},
                         {"[fd00::1]", "fd00:0::1", true},
                         {"fd00::/16", "[fd00:7::1]", true},
                         {"fd00::/16", "[fd01::1]", false},
                         {"0.0.0.0/0", "[fd01::1]", false},
                         {"a.com:443", "a.com", true},
                         {"a.com:80", "a.com", false},
                         {"[fd00::1]:443", "[fd00::1]", true},
                         {"[fd00::1]:80", "[fd00::1]", false}}) {
    EXPECT_EQ(goes_without_proxy(row.list, row.host, 443), row.direct) << row.list << " " << row.host;
  }
}

}  // namespace
}  // namespace aiokpl::aws
