#include <chrono>
#include <cstdint>
#include <iostream>
#include <string>

#include <CLI/CLI.hpp>
#include <unistd.h>

#include "simulation.hpp"

// Runs seed after seed. For people: ./dev simulate.
namespace aiokpl::simulation {
namespace {

struct Request {
  std::uint64_t seeds = 2'000;
  std::uint64_t first_seed = 1;
  bool shows_history = false;
  bool shows_table = false;
  bool shrinks = true;
  bool quiet = false;
  /// For builds that are broken on purpose.
  bool has_to_fail = false;
};

class Runner {
 public:
  explicit Runner(const Request& request) : request_{request} {}

  int run() {
    const auto started = std::chrono::steady_clock::now();
    for (std::uint64_t i = 0; i < request_.seeds; ++i) {
      const std::uint64_t seed = request_.first_seed + i;
      const Verdict verdict = simulate(make_scenario(seed), request_.shows_history);
      add(verdict);
      show_progress(i + 1);
      for (const std::string& line : verdict.history)
        std::cout << line << '\n';
      if (verdict.clean()) continue;
      std::cout << "seed " << seed << ": broken\n";
      tell(seed, verdict);
      break;
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
    if (!request_.quiet) summarise(took.count());
    if (request_.has_to_fail) return failed_ ? 0 : 1;
    return failed_ ? 1 : 0;
  }

 private:
  void add(const Verdict& verdict) {
    ++seeds_;
    records_ += verdict.records;
    stored_ += verdict.stored;
    faults_ += verdict.faults;
    world_ += std::chrono::duration<double>{verdict.lasted}.count();
    encounters_.add(verdict.encounters);
    fingerprint_ = fingerprint_ * 31 + verdict.fingerprint;
    failed_ |= !verdict.clean();
  }

  /// On a terminal, in place; whoever reads a file has no use for it.
  void show_progress(std::uint64_t done) const {
    constexpr std::uint64_t step = 50;
    if (!on_terminal_ || request_.quiet || request_.shows_history) return;
    if (done == request_.seeds || failed_) {
      std::cerr << "\r\033[K";
    } else if (done % step == 0) {
      std::cerr << "\r" << done << " of " << request_.seeds << " seeds, " << records_ << " records" << std::flush;
    }
  }

  void tell(std::uint64_t seed, const Verdict& verdict) const {
    for (const Violation& one : verdict.violations)
      std::cout << "  \"" << words_of(one.promise) << "\": " << one.text << '\n';
    if (!request_.shrinks) return;
    const Scenario small = shrink(make_scenario(seed), verdict);
    std::cout << "what of it is needed:\n";
    for (const std::string& line : describe(small))
      std::cout << "  " << line << '\n';
    const Verdict again = simulate(small, true);
    std::cout << "what happens then:\n";
    for (const std::string& line : again.history)
      std::cout << "  " << line << '\n';
    for (const Violation& one : again.violations)
      std::cout << "  \"" << words_of(one.promise) << "\": " << one.text << '\n';
    std::cout << "all of it again: ./dev simulate --seeds 1 --seed " << seed << " --history\n";
  }

  void summarise(double seconds) const {
    if (request_.shows_table) std::cout << encounters_.table();
    std::cout << seeds_ << " seeds, " << records_ << " records (" << stored_ << " stored), " << faults_ << " faults, "
              << static_cast<std::uint64_t>(world_ / 3'600) << " hours of the world in " << seconds
              << " s: " << static_cast<std::uint64_t>(static_cast<double>(records_) / seconds * 60) << " records and "
              << static_cast<std::uint64_t>(static_cast<double>(faults_) / seconds * 60)
              << " faults a minute; fingerprint " << std::hex << fingerprint_ << std::dec << '\n';
    std::cout << (failed_ ? "a promise was broken" : "every promise was kept") << '\n';
  }

  Request request_;
  bool on_terminal_ = isatty(STDERR_FILENO) == 1;
  std::uint64_t seeds_ = 0;
  std::uint64_t records_ = 0;
  std::uint64_t stored_ = 0;
  std::uint64_t faults_ = 0;
  double world_ = 0;
  std::uint64_t fingerprint_ = 0;
  bool failed_ = false;
  Encounters encounters_;
};

}  // namespace
}  // namespace aiokpl::simulation

int main(int argc, char** argv) {
  aiokpl::simulation::Request request;
  CLI::App app{"Runs the producer through simulated worlds in which everything goes wrong."};
  app.add_option("--seeds", request.seeds, "How many worlds")->capture_default_str();
  app.add_option("--seed", request.first_seed, "The first one's seed; the others follow")->capture_default_str();
  app.add_flag("--history", request.shows_history, "Print all that happens");
  app.add_flag("--table", request.shows_table, "Print which faults met the producer in which situations");
  app.add_flag("!--no-shrink", request.shrinks, "Do not look for the smallest part of a seed that fails");
  app.add_flag("--quiet", request.quiet, "Print only what is broken");
  app.add_flag("--has-to-fail", request.has_to_fail, "The other way round: 0 when a promise was broken");
  CLI11_PARSE(app, argc, argv);
  return aiokpl::simulation::Runner{request}.run();
}
