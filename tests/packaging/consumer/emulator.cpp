// A test program of somebody who develops against the local Kinesis.
#include <iostream>

#include <aiokpl/emulator.hpp>

int main() {
  aiokpl::emulator::LocalKinesis kinesis{{.streams = {{.name = "orders", .shards = 2}}}};
  kinesis.start();
  std::cout << kinesis.endpoint_url() << '\n';
  return kinesis.port() != 0 && kinesis.shards("orders").size() == 2 ? 0 : 1;
}
