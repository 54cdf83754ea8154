#include "simulation.hpp"

#include <algorithm>
#include <sstream>

#include <gtest/gtest.h>

namespace aiokpl::simulation {
namespace {

using namespace std::chrono_literals;

/// A world without faults, in which nothing is extreme.
Scenario calm_scenario() {
  Scenario scenario{.seed = 1};
  scenario.config.region = "us-east-1";
  scenario.config.endpoint_url = "https://kinesis.us-east-1.amazonaws.com";
  scenario.config.aws_access_key_id = "AKIDEXAMPLE";
  scenario.config.aws_secret_access_key = "secret";
  scenario.streams = {{.name = "stream-0", .shards = 4}};
  scenario.round_trip = 10ms;
  scenario.bandwidth = 1e7;
  scenario.all_listen = true;
  scenario.puts = {{.at = 0s, .count = 200, .spacing = 1ms, .keys = 50, .least_size = 20, .most_size = 200}};
  return scenario;
}

std::string words_of(const Verdict& verdict) {
  std::ostringstream words;
  for (const Violation& one : verdict.violations)
    words << '"' << words_of(one.promise) << "\": " << one.text << '\n';
  return words.str();
}

TEST(Simulation, StoresEveryRecordOfACalmWorld) {
  const Verdict verdict = simulate(calm_scenario());
  EXPECT_TRUE(verdict.clean()) << words_of(verdict);
  EXPECT_EQ(verdict.records, 200U);
  EXPECT_EQ(verdict.stored, 200U);
}

TEST(Simulation, KeepsItsPromisesInEveryWorld) {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    const Verdict verdict = simulate(make_scenario(seed));
    ASSERT_TRUE(verdict.clean()) << "seed " << seed << '\n' << words_of(verdict);
  }
}

TEST(Simulation, RunsTheSameWayAgain) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Verdict first = simulate(make_scenario(seed), true);
    const Verdict second = simulate(make_scenario(seed), true);
    EXPECT_EQ(first.fingerprint, second.fingerprint) << "seed " << seed;
    ASSERT_EQ(first.history, second.history) << "seed " << seed;
  }
  EXPECT_NE(simulate(make_scenario(1)).fingerprint, simulate(make_scenario(2)).fingerprint);
}

TEST(Simulation, EachSeedIsAsBusyAsItHasToBe) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const Scenario scenario = make_scenario(seed);
    std::uint64_t records = 0;
    for (const Puts& puts : scenario.puts)
      records += puts.count;
    EXPECT_GE(records, 1'000U) << "seed " << seed;
    EXPECT_GE(scenario.disturbances.size(), 10U) << "seed " << seed;
  }
}

TEST(Simulation, EveryFaultIsMet) {
  Encounters encounters;
  for (std::uint64_t seed = 1'000; seed < 1'150; ++seed)
    encounters.add(simulate(make_scenario(seed)).encounters);
  for (std::size_t i = 0; i < fault_count; ++i) {
    std::uint64_t met = 0;
    for (std::size_t situation = 0; situation < situation_count; ++situation)
      met += encounters.count(static_cast<Fault>(i), static_cast<Situation>(situation));
    EXPECT_GT(met, 0U) << name_of(static_cast<Fault>(i));
  }
}

TEST(Simulation, AProducerThatWasClosedAndIsKeptSleeps) {
  Scenario scenario = calm_scenario();
  scenario.disturbances = {{.at = 5s, .fault = Fault::close, .amount = 20}};
  scenario.puts.push_back({.at = 300s, .count = 1, .keys = 1, .least_size = 20, .most_size = 20});
  const Verdict verdict = simulate(scenario);
  EXPECT_TRUE(verdict.clean()) << words_of(verdict);
  EXPECT_EQ(verdict.records, 200U) << "the last one is refused";
}

TEST(Simulation, AStreamThatIsCreatedAnewWithOtherShardsLosesNothing) {
  Scenario scenario = calm_scenario();
  scenario.streams[0].shards = 1;
  scenario.puts[0].count = 4'000;
  scenario.disturbances = {{.at = 1s, .fault = Fault::recreated, .length = 5s, .amount = 4}};
  const Verdict verdict = simulate(scenario);
  EXPECT_TRUE(verdict.clean()) << words_of(verdict);
}

TEST(Simulation, AFailingScenarioShrinksToWhatMatters) {
  Scenario scenario = make_scenario(7);
  scenario.disturbances.push_back({.at = 3s, .fault = Fault::merge, .stream = 0, .amount = 77});
  const auto fails = [](const Scenario& smaller) {
    const bool merges = std::ranges::any_of(
        smaller.disturbances, [](const Disturbance& one) { return one.fault == Fault::merge && one.amount == 77; });
    return merges && !smaller.puts.empty();
  };
  const Scenario small = shrink(scenario, fails);
  ASSERT_EQ(small.disturbances.size(), 1U);
  EXPECT_EQ(small.disturbances[0].amount, 77U);
  ASSERT_EQ(small.puts.size(), 1U);
  EXPECT_EQ(small.puts[0].count, 1U);
}

}  // namespace
}  // namespace aiokpl::simulation
