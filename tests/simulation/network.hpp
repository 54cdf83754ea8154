#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <aiokpl/executor.hpp>

#include "aws/http_transport.hpp"
#include "conditions.hpp"
#include "dice.hpp"
#include "history.hpp"
#include "kinesis.hpp"
#include "ledger.hpp"
#include "scenario.hpp"
#include "world_time.hpp"

namespace aiokpl::simulation {

/// Stands in for the completion thread: what is handed to it runs while the engine sleeps.
class CompletionQueue final : public Executor {
 public:
  void execute(std::function<void()> work) override { works_.push_back(std::move(work)); }
  void run_all() {
    while (!works_.empty()) {
      const std::function<void()> work = std::move(works_.front());
      works_.pop_front();
      work();
    }
  }

 private:
  std::deque<std::function<void()>> works_;
};

/// The world that a simulated network belongs to.
struct World {
  const Scenario& scenario;
  SimulatedClock& clock;
  Agenda& agenda;
  Conditions& conditions;
  Kinesis& kinesis;
  Ledger& ledger;
  History& history;
  CompletionQueue& completions;
};

/// The network between the producer and the service. Time passes in its `poll`, where the engine sleeps: there happens
/// all that is on the agenda.
class Network final : public aws::HttpTransport {
 public:
  explicit Network(const World& world) : world_{world} {}

  [[nodiscard]] aws::HttpTicket start(aws::HttpRequest request) override;
  void cancel(aws::HttpTicket ticket) override { flights_.erase(ticket); }
  void poll(std::chrono::nanoseconds wait, std::vector<aws::HttpCompletion>& completed) override;
  void wakeup() noexcept override { woken_ = true; }

  [[nodiscard]] std::size_t in_flight() const noexcept { return flights_.size(); }
  /// Whether a ListShards was ever answered.
  [[nodiscard]] bool listed() const noexcept { return listed_; }
  /// Whether the last request that ended did so badly.
  [[nodiscard]] bool ended_badly() const noexcept { return ended_badly_; }
  /// Whether no time passed in the last poll, and nothing happened.
  [[nodiscard]] bool was_idle() const noexcept { return was_idle_; }

 private:
  struct Flight {
    aws::HttpTicket ticket = 0;
    std::string operation;
    std::size_t stream = 0;
    std::vector<std::string> header_names;
    std::vector<std::string> headers;
    std::string body;
    Dice dice{0};
  };
  /// What an answer tells of its stream, beside what became of records.
  enum class News : std::uint8_t { none, shards, description };
  /// What the service said, on its way back.
  struct Answer {
    int status = 200;
    std::string content_type;
    std::string body;
    bool readable = true;
    News news = News::none;
    TimePoint said_at{};
  };

  void arrive(const std::shared_ptr<Flight>& flight);
  void process(const std::shared_ptr<Flight>& flight);
  void answer(const std::shared_ptr<Flight>& flight, const Answer& answer);
  /// `answer`: null where none came, or none that can be read.
  void finish(const Flight& flight, aws::HttpCompletion completion, const Answer* answer);
  void time_out(const std::shared_ptr<Flight>& flight);
  void break_off(const std::shared_ptr<Flight>& flight, aws::HttpError error, std::string message);
  [[nodiscard]] News news_of(const Flight& flight, int status) const;
  [[nodiscard]] std::size_t stream_of(std::string_view body) const;

  World world_;
  aws::HttpTicket last_ticket_ = 0;
  /// Those whose end the producer waits for.
  std::map<aws::HttpTicket, std::shared_ptr<Flight>> flights_;
  struct Done {
    aws::HttpCompletion completion;
    /// It tells the producer of records that were stored.
    bool acknowledged;
    News news;
    std::size_t stream;
    TimePoint said_at;
  };
  std::vector<Done> done_;
  bool woken_ = false;
  bool listed_ = false;
  bool ended_badly_ = false;
  bool was_idle_ = false;
};

}  // namespace aiokpl::simulation
