#include "sinks/web/outbox.hpp"

#include <exception>
#include <thread>
#include <utility>

#include <aiokpl/metrics.hpp>

namespace aiokpl::sinks {

namespace {

std::string requests(std::uint64_t count) {
  return count == 1 ? "1 request was" : std::to_string(count) + " requests were";
}

}  // namespace

Delivery::Verdict verdict_of_status(int status) noexcept {
  if (status >= 200 && status < 300) return Delivery::Verdict::delivered;
  return status == 408 || status == 429 || status >= 500 ? Delivery::Verdict::later : Delivery::Verdict::refused;
}

Outbox::Outbox(Options options) : options_{std::move(options)} {
  if (!options_.pause) options_.pause = [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); };
}

void Outbox::add(std::string body) {
  bytes_ += body.size();
  bodies_.push_back(std::move(body));
  while (bytes_ > options_.most_bytes && bodies_.size() > 1) {
    drop_front();
    ++lost_;
    ++given_up_;
  }
}

void Outbox::deliver(const std::function<Delivery(const std::string& body)>& send) {
  std::string trouble;
  const auto tell = [&trouble](const std::string& what) { trouble += (trouble.empty() ? "" : "; ") + what; };
  if (const std::uint64_t count = std::exchange(given_up_, 0); count != 0) {
    tell(requests(count) + " given up, since too much was waiting");
  }
  while (!bodies_.empty()) {
    const Delivery delivery = try_one(send);
    if (delivery.verdict == Delivery::Verdict::later) {
      tell(requests(bodies_.size()) + " left for the next export: " + delivery.reason);
      break;
    }
    drop_front();
    if (delivery.verdict == Delivery::Verdict::refused) {
      ++lost_;
      tell("a request was refused: " + delivery.reason);
    }
  }
  if (!trouble.empty()) throw ExportDeferred{trouble};
}

Delivery Outbox::try_one(const std::function<Delivery(const std::string&)>& send) const {
  // An exception out of an export would say that nothing was taken, and what waits here would come twice.
  const auto guarded = [&]() -> Delivery {
    try {
      return send(bodies_.front());
    } catch (const std::exception& error) {
      return {.verdict = Delivery::Verdict::later, .reason = error.what()};
    }
  };
  std::chrono::milliseconds pause = options_.first_pause;
  for (int tries = 1;; ++tries) {
    Delivery delivery = guarded();
    if (delivery.verdict != Delivery::Verdict::later || tries >= options_.tries) return delivery;
    options_.pause(pause);
    pause *= 2;
  }
}

void Outbox::drop_front() {
  bytes_ -= bodies_.front().size();
  bodies_.pop_front();
}

}  // namespace aiokpl::sinks
