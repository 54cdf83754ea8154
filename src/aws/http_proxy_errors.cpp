#include "aws/http_transfer.hpp"

/// What a proxy's refusals mean.
namespace aiokpl::aws {
namespace {

constexpr long wants_to_know_who = 407;
constexpr long does_not_know_who = 401;  // what some proxies answer to a wrong password
constexpr long forbidden = 403;

}  // namespace

long Transfer::proxy_status() const {
  long status = 0;
  curl_easy_getinfo(handle(), CURLINFO_HTTP_CONNECTCODE, &status);
  if (status != 0 || !connected_) return status;
  curl_easy_getinfo(handle(), CURLINFO_RESPONSE_CODE, &status);
  return status == wants_to_know_who ? status : 0;  // any other may be the service's own
}

bool Transfer::proxy_refused(CURLcode result) const {
  if (target_.proxy == nullptr) return false;
  if (result == CURLE_OK) return proxy_status() == wants_to_know_who;
  const bool cut = result == CURLE_RECV_ERROR || result == CURLE_SEND_ERROR || result == CURLE_GOT_NOTHING;
  return cut && !connected_;
}

std::string Transfer::explain_refusal() const {
  const Proxy& proxy = *target_.proxy;
  const long status = proxy_status();
  const std::string who = "the proxy " + proxy.host_and_port();
  const std::string answered = who + " answered " + std::to_string(status);
  if (status == wants_to_know_who || status == does_not_know_who) {
    const bool configured = proxy.setting == "proxy_host";
    if (proxy.user_name.empty()) {
      return answered + ": it wants a user name and a password; set " +
             (configured ? "proxy_user_name and proxy_password" : "them in the URL of " + proxy.setting);
    }
    return answered + ": wrong " +
           (configured ? "proxy_user_name or proxy_password" : "user name or password in " + proxy.setting);
  }
  if (status == forbidden) return answered + ": it does not let anybody through to " + target_.host_and_port;
  if (status >= 300) return answered + ": it has no way to " + target_.host_and_port;
  return who + " closed the connection instead of letting it through to " + target_.host_and_port;
}

}  // namespace aiokpl::aws
