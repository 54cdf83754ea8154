// A server's front in a process of its own, to be killed by tests: passes connections to a port of this machine until
// its standard input ends. What the service has stored stays, as it does where a host of a service dies.
//
// Usage: aiokpl_front TARGET PORT; it says "ready" when it listens.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

#include "integration/faulty_proxy.hpp"

int main(int argc, char** argv) try {
  if (argc != 3) return 2;
  const aiokpl::testing::FaultyProxy proxy{static_cast<std::uint16_t>(std::atoi(argv[1])),
                                           static_cast<std::uint16_t>(std::atoi(argv[2]))};
  std::cout << "ready" << std::endl;
  std::string line;
  while (std::getline(std::cin, line)) {
  }
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "aiokpl_front: %s\n", error.what());
  return 1;
}
