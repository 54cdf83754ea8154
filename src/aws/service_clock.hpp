#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "aws/http_transport.hpp"

namespace aiokpl::aws {

/// What the service's clock is ahead of this machine's, as far as its refusals tell. Requests that are dated more than
/// five minutes off are refused.
class ServiceClock {
 public:
  using TimePoint = std::chrono::system_clock::time_point;
  using Duration = std::chrono::system_clock::duration;

  /// What requests are dated with when this machine's clock says `local`.
  [[nodiscard]] TimePoint now(TimePoint local) const noexcept { return local + skew_; }

  /// An answer that came when this machine's clock said `local`, to a request that was dated with what stood at
  /// `skew` then. True when the answer refuses the date, and the service's own date tells of another one: the request
  /// is worth another try, with a new signature.
  bool learn(std::string_view error_code, std::string_view date_header, TimePoint local, Duration skew);

  [[nodiscard]] Duration skew() const noexcept { return skew_; }
  /// "this machine's clock is 3600 s behind the service's".
  [[nodiscard]] std::string words() const;

 private:
  Duration skew_ = Duration::zero();
};

}  // namespace aiokpl::aws
