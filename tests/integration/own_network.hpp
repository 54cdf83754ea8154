#pragma once

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <string>

#include <gtest/gtest.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "integration/child.hpp"

// Tests that need a network of their own: where names mean what the test says, and the line can be cut. They run again
// in a process with namespaces of its own for network and mounts, which needs no privilege where the system allows
// that.
namespace aiokpl::testing {

inline constexpr const char* own_network_setting = "AIOKPL_TEST_OWN_NETWORK";

/// Whether this process is the one with a network of its own.
inline bool has_own_network() {
  return std::getenv(own_network_setting) != nullptr;  // NOLINT(concurrency-mt-unsafe)
}

/// Up or down: the loopback of this process's own network. Packets to one that is down vanish.
inline bool set_loopback(bool up) {
  const int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  std::strncpy(request.ifr_name, "lo", sizeof(request.ifr_name) - 1);
  bool done = ioctl(any, SIOCGIFFLAGS, &request) == 0;
  request.ifr_flags = static_cast<short>(up ? request.ifr_flags | IFF_UP : request.ifr_flags & ~IFF_UP);
  done = done && ioctl(any, SIOCSIFFLAGS, &request) == 0;
  close(any);
  return done;
}

/// Runs the current test once more with a network of its own, and says how that went.
inline void run_with_own_network() {
  const ::testing::TestInfo& test = *::testing::UnitTest::GetInstance()->current_test_info();
  const std::string self = std::filesystem::read_symlink("/proc/self/exe");
  const std::string filter = std::string{"--gtest_filter="} + test.test_suite_name() + "." + test.name();
  const std::string greeting = "in a network of its own";
  std::string said;
  int status = -1;
  try {
    // The shell's word tells a missing permission from a failed test.
    Child child{{"unshare", "--map-root-user", "--mount", "--net", "sh", "-c",
                 "echo '" + greeting + R"('; exec "$0" "$@")", self, filter},
                {std::string{own_network_setting} + "=1"}};
    said = child.rest();
    status = child.wait();
  } catch (const std::system_error& missing) {
    said = missing.what();
  }
  if (said.find(greeting) == std::string::npos) GTEST_SKIP() << "no namespaces are to be had here: " << said;
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << said;
}

}  // namespace aiokpl::testing

/// The first line of such a test.
#define AIOKPL_IN_OWN_NETWORK()      \
  if (!testing::has_own_network()) { \
    testing::run_with_own_network(); \
    return;                          \
  }                                  \
  ASSERT_TRUE(testing::set_loopback(true))
