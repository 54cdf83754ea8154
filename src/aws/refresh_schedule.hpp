#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "aws/credentials.hpp"

namespace aiokpl::aws {

/// One moment on both clocks. Credentials expire by the clock on the wall; pauses are measured by the other one, which
/// nobody sets.
struct Moment {
  std::chrono::system_clock::time_point wall;
  std::chrono::steady_clock::time_point steady;
};

/// Why a fetch gave nothing.
struct FetchFailure {
  std::string reason;
  /// It may pass by itself.
  bool temporary = false;
  /// Something was set, but wrong.
  bool misconfigured = false;
};

/// When to fetch credentials, and which to hand out meanwhile. No thread, no clock.
///
/// The next fetch lies between 15 and 10 minutes before they expire, by chance, so that a fleet does not come all at
/// once; those that live for less than 30 minutes are renewed when a half to two thirds of their time are over. While
/// fetches fail the old ones are handed out until they expire; the pauses are 1 s, doubled up to 60 s, each shortened
/// by up to a half by chance, and never longer than a quarter of the time that is left. While there is nothing to hand
/// out, and there is hope, records wait: the pauses begin anew there, and are 5 s at most.
class RefreshSchedule {
 public:
  static constexpr std::chrono::nanoseconds never = std::chrono::nanoseconds::max();

  /// `source` is what messages call it; `dice` gives a number from 0 up to 1.
  RefreshSchedule(std::string source, std::function<double()> dice);

  /// How long until the next fetch: zero or less when it is due, `never` while one is under way or none is needed.
  [[nodiscard]] std::chrono::nanoseconds until_fetch(const Moment& now) const;
  /// What a provider says now.
  [[nodiscard]] CredentialsOutcome outcome(const Moment& now) const;

  void started() noexcept { fetching_ = true; }
  void succeeded(const Credentials& credentials, const Moment& now);
  void failed(FetchFailure failure, const Moment& now);

  /// The service refused these as expired: they are handed out no more, and others are fetched. The first time at once;
  /// when what came is refused within a minute, too, after pauses as after failures. Whether that changes anything: not
  /// when they have been replaced since, or are being replaced. An empty key id means those of now.
  bool rejected(std::string_view access_key_id, const Moment& now);

 private:
  [[nodiscard]] std::chrono::nanoseconds pause(int failures, const Moment& now) const;
  [[nodiscard]] bool usable(const Moment& now) const;

  std::string source_;
  std::function<double()> dice_;

  std::optional<Credentials> current_;
  std::chrono::system_clock::time_point renew_at_;  // when they expire at all
  std::chrono::steady_clock::time_point came_at_;
  bool fetching_ = false;

  std::optional<FetchFailure> failure_;  // of the last fetch
  int failures_ = 0;                     // in a row, while there is something to hand out, or while there is not
  bool failed_with_some_ = false;        // there was, at the last failure
  std::optional<std::chrono::steady_clock::time_point> not_before_;

  bool rejected_ = false;
  int rejections_ = 0;  // of what had just come, in a row
};

}  // namespace aiokpl::aws
