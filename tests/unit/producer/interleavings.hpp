#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace aiokpl::detail {

/// Runs a few threads one at a time: each stops before it locks and after it has unlocked a SteppedMutex, and the
/// schedule says who goes on. The same schedule gives the same history.
class Stepper {
 public:
  /// Runs the threads to their ends by the schedule: at each stop the next choice among those that can go on, the first
  /// one when the schedule is used up. Gives how many could go on at each stop.
  struct Stop {
    std::size_t chosen;
    std::size_t choices;
    /// Whether the first choice is the thread that ran last, so that any other interrupts it.
    bool interrupts;
  };
  std::vector<Stop> run(const std::vector<std::function<void()>>& bodies, const std::vector<std::size_t>& schedule) {
    threads_.assign(bodies.size(), {});
    std::vector<std::thread> threads;
    for (std::size_t id = 0; id < bodies.size(); ++id) {
      threads.emplace_back([this, id, &body = bodies[id]] {
        current_ = {this, id};
        stop();
        body();
        const std::lock_guard lock{mutex_};
        threads_[id].ended = true;
        running_ = nobody;
        changed_.notify_all();
      });
    }
    std::vector<Stop> stops;
    std::size_t last = nobody;
    std::unique_lock lock{mutex_};
    for (;;) {
      changed_.wait(lock, [this] { return running_ == nobody && all_stopped(); });
      const std::vector<std::size_t> able = those_able(last);
      if (able.empty()) break;  // all have ended, or none can: the caller's check of the end finds that out
      const bool interrupts = able[0] == last;
      const std::size_t chosen = stops.size() < schedule.size() ? schedule[stops.size()] : 0;
      stops.push_back({chosen, able.size(), interrupts});
      last = running_ = able[chosen];
      threads_[last].stopped = false;
      changed_.notify_all();
    }
    lock.unlock();
    for (std::thread& thread : threads)
      thread.join();
    return stops;
  }

  /// Every schedule with at most so many interruptions of a thread that could have gone on. Gives their number.
  template <typename Scenario>
  static std::size_t every_schedule(std::size_t most_interruptions, Scenario scenario) {
    std::vector<std::size_t> schedule;
    for (std::size_t count = 1;; ++count) {
      const std::vector<Stop> stops = scenario(schedule);
      if (!advance(stops, most_interruptions, schedule)) return count;
    }
  }

 private:
  friend class SteppedMutex;
  static constexpr std::size_t nobody = ~std::size_t{0};

  struct Thread {
    bool stopped = false;
    bool ended = false;
    const bool* wants = nullptr;
  };
  struct Current {
    Stepper* stepper;
    std::size_t id;
  };

  /// The next schedule in depth-first order.
  static bool advance(const std::vector<Stop>& stops, std::size_t most, std::vector<std::size_t>& schedule) {
    std::vector<std::size_t> before(stops.size() + 1);
    for (std::size_t i = 0; i < stops.size(); ++i)
      before[i + 1] = before[i] + (stops[i].interrupts && stops[i].chosen != 0 ? 1 : 0);
    for (std::size_t i = stops.size(); i-- > 0;) {
      const Stop& stop = stops[i];
      if (stop.chosen + 1 >= stop.choices) continue;
      if (stop.interrupts && before[i] + 1 > most) continue;
      schedule.clear();
      for (std::size_t j = 0; j < i; ++j)
        schedule.push_back(stops[j].chosen);
      schedule.push_back(stop.chosen + 1);
      return true;
    }
    return false;
  }

  static void stop_here(const bool* wants = nullptr) {
    if (current_.stepper != nullptr) current_.stepper->stop(wants);
  }
  void stop(const bool* wants = nullptr) {
    std::unique_lock lock{mutex_};
    const std::size_t id = current_.id;
    threads_[id].stopped = true;
    threads_[id].wants = wants;
    if (running_ == id) running_ = nobody;
    changed_.notify_all();
    changed_.wait(lock, [&] { return running_ == id; });
  }
  [[nodiscard]] bool all_stopped() const {
    for (const Thread& thread : threads_) {
      if (!thread.stopped && !thread.ended) return false;
    }
    return true;
  }
  /// The one that ran last first.
  [[nodiscard]] std::vector<std::size_t> those_able(std::size_t last) const {
    std::vector<std::size_t> able;
    const auto add = [&](std::size_t id) {
      const Thread& thread = threads_[id];
      if (!thread.ended && (thread.wants == nullptr || !*thread.wants)) able.push_back(id);
    };
    if (last != nobody) add(last);
    for (std::size_t id = 0; id < threads_.size(); ++id) {
      if (id != last) add(id);
    }
    return able;
  }

  inline static thread_local Current current_{nullptr, 0};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Thread> threads_;
  std::size_t running_ = nobody;
};

/// A mutex at which a Stepper's threads stop. Others pass it as if they were alone, which they are.
class SteppedMutex {
 public:
  void lock() {
    Stepper::stop_here(&locked_);
    locked_ = true;
  }
  void unlock() {
    locked_ = false;
    Stepper::stop_here();
  }

 private:
  bool locked_ = false;
};

}  // namespace aiokpl::detail
