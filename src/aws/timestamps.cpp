#include "aws/timestamps.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace aiokpl::aws {
namespace {

using std::chrono::system_clock;
using Milliseconds = std::chrono::milliseconds;

constexpr std::chrono::sys_days latest{std::chrono::year{2200} / 1 / 1};

/// Takes a text apart from the front; after the first thing that is not there nothing is.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_{text} {}

  int digits(std::size_t count) {
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      fine_ = fine_ && i < rest_.size() && rest_[i] >= '0' && rest_[i] <= '9';
      if (!fine_) return 0;
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }

  void expect(std::string_view any_of) { fine_ = next_is(any_of) && fine_; }

  bool next_is(std::string_view any_of) {
    if (rest_.empty() || any_of.find(rest_.front()) == std::string_view::npos) return false;
    last_ = rest_.front();
    rest_.remove_prefix(1);
    return true;
  }

  bool take(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  /// The digits behind the point, in milliseconds.
  Milliseconds fraction() {
    Milliseconds value{0};
    int place = 100;
    const std::size_t before = rest_.size();
    while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
      value += Milliseconds{place * (rest_.front() - '0')};
      place /= 10;
      rest_.remove_prefix(1);
    }
    fine_ = fine_ && rest_.size() < before;
    return value;
  }

  [[nodiscard]] char last() const noexcept { return last_; }
  [[nodiscard]] bool finished() const noexcept { return fine_ && rest_.empty(); }

 private:
  std::string_view rest_;
  char last_ = '\0';
  bool fine_ = true;
};

system_clock::time_point within_bounds(std::chrono::sys_time<Milliseconds> time) {
  const std::chrono::sys_time<Milliseconds> low{};
  return std::clamp(time, low, std::chrono::sys_time<Milliseconds>{latest});
}

std::chrono::minutes offset(Scanner& scanner) {
  if (scanner.next_is("Zz") || scanner.take("UTC")) return std::chrono::minutes{0};
  scanner.expect("+-");
  const int sign = scanner.last() == '-' ? -1 : 1;
  const int hours = scanner.digits(2);
  scanner.next_is(":");
  return std::chrono::minutes{sign * (hours * 60 + scanner.digits(2))};
}

}  // namespace

std::optional<system_clock::time_point> read_timestamp(std::string_view text) {
  Scanner scanner{text};
  const int year = scanner.digits(4);
  scanner.expect("-");
  const int month = scanner.digits(2);
  scanner.expect("-");
  const int day = scanner.digits(2);
  scanner.expect("Tt ");
  const std::chrono::hours hours{scanner.digits(2)};
  scanner.expect(":");
  const std::chrono::minutes minutes{scanner.digits(2)};
  scanner.expect(":");
  const std::chrono::seconds seconds{scanner.digits(2)};
  Milliseconds fraction{0};
  if (scanner.next_is(".")) fraction = scanner.fraction();
  const std::chrono::minutes east = offset(scanner);
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  // A leap second is the 60th.
  const bool real = date.ok() && hours.count() < 24 && minutes.count() < 60 && seconds.count() <= 60 &&
                    std::chrono::abs(east) < std::chrono::hours{24};
  if (!scanner.finished() || !real) return std::nullopt;
  const std::chrono::sys_time<Milliseconds> midnight = std::chrono::sys_days{date};
  return within_bounds(midnight + hours + minutes + seconds + fraction - east);
}

system_clock::time_point from_milliseconds(double milliseconds) noexcept {
  const auto most = static_cast<double>(std::chrono::sys_time<Milliseconds>{latest}.time_since_epoch().count());
  const double bounded = std::isnan(milliseconds) ? 0 : std::clamp(milliseconds, 0.0, most);
  return system_clock::time_point{Milliseconds{static_cast<Milliseconds::rep>(bounded)}};
}

std::string write_timestamp(system_clock::time_point time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto midnight = std::chrono::floor<std::chrono::days>(seconds);
  const std::chrono::year_month_day date{midnight};
  const std::chrono::hh_mm_ss clock{seconds - midnight};
  const auto padded = [](long long value, std::size_t width) {
    std::string text = std::to_string(value);
    return std::string(width - std::min(width, text.size()), '0') + text;
  };
  return padded(static_cast<int>(date.year()), 4) + "-" + padded(static_cast<unsigned>(date.month()), 2) + "-" +
         padded(static_cast<unsigned>(date.day()), 2) + "T" + padded(clock.hours().count(), 2) + ":" +
         padded(clock.minutes().count(), 2) + ":" + padded(clock.seconds().count(), 2) + "Z";
}

}  // namespace aiokpl::aws
