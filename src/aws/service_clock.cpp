#include "aws/service_clock.hpp"

#include <algorithm>
#include <array>

#include <curl/curl.h>

namespace aiokpl::aws {
namespace {

// The first is what Kinesis says; it says it of a wrong key too, so that only the date tells the two apart.
constexpr std::array<std::string_view, 5> refusals_of_dates{"InvalidSignatureException", "SignatureDoesNotMatch",
                                                            "RequestTimeTooSkewed", "RequestExpired",
                                                            "RequestInTheFuture"};
// Below the five minutes that the service allows, by what an answer may take on its way.
constexpr std::chrono::minutes noticeable{4};

}  // namespace

bool ServiceClock::learn(std::string_view error_code, std::string_view date_header, TimePoint local, Duration skew) {
  if (std::ranges::find(refusals_of_dates, error_code) == refusals_of_dates.end()) return false;
  const std::time_t date = curl_getdate(std::string{date_header}.c_str(), nullptr);
  if (date <= 0) return false;
  const Duration ahead = std::chrono::system_clock::from_time_t(date) - local;
  const Duration off = ahead - skew;
  if (off < noticeable && off > -noticeable) return false;
  skew_ = ahead;
  return true;
}

std::string ServiceClock::words() const {
  const auto seconds = std::chrono::round<std::chrono::seconds>(skew_).count();
  return "this machine's clock is " + std::to_string(std::abs(seconds)) + " s " +
         (seconds < 0 ? "ahead of" : "behind") + " the service's";
}

}  // namespace aiokpl::aws
