#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <aiokpl/aiokpl.hpp>
#include <aiokpl/emulator.hpp>

#include "aws/no_fork_here.hpp"
#include "producer/dispatcher.hpp"
#include "producer/fate.hpp"

// A process that is forked while producers are busy: the child has none of their threads, and whatever those had
// locked.
namespace aiokpl {
namespace {

using namespace std::chrono_literals;

/// The exit status of a child that does this; one that hangs is ended by its alarm.
int status_of_child(const std::function<int()>& work) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(10);
    _exit(work());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

Config config_for(const emulator::LocalKinesis& kinesis) {
  Config config;
  config.endpoint_url = kinesis.endpoint_url();
  config.aws_access_key_id = "local";
  config.aws_secret_access_key = "local";
  config.record_max_buffered_time = 1ms;
  config.aggregation_max_size = 2048;
  return config;
}

class Threads {
 public:
  Threads(int count, const std::function<void()>& turn) {
    for (int i = 0; i < count; ++i) {
      threads_.emplace_back([this, turn] {
        while (!over_)
          turn();
      });
    }
  }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
  ~Threads() {
    over_ = true;
    for (std::thread& thread : threads_)
      thread.join();
  }

 private:
  std::atomic<bool> over_ = false;
  std::vector<std::thread> threads_;
};

TEST(ForkTest, AForkWaitsForWhoIsInside) {
  // Odd while somebody is inside.
  std::atomic<unsigned> steps = 0;
  const Threads busy{1, [&] {
                       const aws::NoForkHere here;
                       const aws::NoForkHere within;
                       ++steps;
                       std::this_thread::yield();
                       ++steps;
                     }};
  for (int i = 0; i < 200; ++i) {
    ASSERT_EQ(status_of_child([&] {
                const aws::NoForkHere here;  // free in the child
                return static_cast<int>(steps % 2);
              }),
              0);
  }
}

TEST(ForkTest, WhoIsInsideMayFork) {
  const aws::NoForkHere here;
  EXPECT_EQ(status_of_child([] {
              const aws::NoForkHere within;
              return 0;
            }),
            0);
}

TEST(ForkTest, WhatOutcomesShareIsFreeInAChild) {
  const auto dispatcher = std::make_shared<detail::Dispatcher>(nullptr, [](const char* /*what*/) {});
  // Takes memory from what is spare and gives it back, and waits at the places of so many blocks.
  const auto turn = [&dispatcher] {
    std::vector<Outcome> outcomes;
    for (int i = 0; i < 200; ++i) {
      auto* block = new detail::FateBlock{dispatcher};
      outcomes.emplace_back(detail::FateHandle{block, 0});
      block->close(1, 0);
      EXPECT_FALSE(block->wait_until(0, {}));
      block->release();  // the pipeline's reference
    }
  };
  const Threads busy{3, turn};
  for (int i = 0; i < 150; ++i) {
    ASSERT_EQ(status_of_child([&turn] {
                turn();
                return 0;
              }),
              0);
  }
}

TEST(ForkTest, AChildUsesAProducerOfItsOwnWhileTheParentsAreBusy) {
  emulator::Options options;
  options.streams = {{.name = "busy", .shards = 4}, {.name = "children", .shards = 1}};
  options.enforce_limits = false;
  emulator::LocalKinesis kinesis{options};
  kinesis.start();
  const Config config = config_for(kinesis);
  constexpr int forks = 60;
  {
    SyncProducer producer{config};
    // They wait for outcomes, where conditions count those who wait.
    const Threads busy{4, [&] {
                         std::vector<SyncOutcome> outcomes;
                         for (int i = 0; i < 50; ++i) {
                           outcomes.push_back(producer.put_record(
                               {.stream = "busy", .partition_key = std::to_string(i), .data = "some data"}));
                         }
                         for (const SyncOutcome& outcome : outcomes)
                           EXPECT_TRUE(outcome.wait().success);
                       }};
    for (int i = 0; i < forks; ++i) {
      ASSERT_EQ(status_of_child([&] {
                  SyncProducer own{config};
                  const SyncOutcome outcome =
                      own.put_record({.stream = "children", .partition_key = "key", .data = "from a child"});
                  return outcome.wait(20s).success ? 0 : 1;
                }),
                0);
    }
  }
  // Each child sent the record that it was sure of.
  EXPECT_EQ(kinesis.records("children", kinesis.shards("children").front().id).size(), static_cast<std::size_t>(forks));
}

}  // namespace
}  // namespace aiokpl
