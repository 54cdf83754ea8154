// A program of somebody who has the library installed: it includes all of the public interface, and links what is
// compiled into the library rather than into the headers.
#include <iostream>

#include <aiokpl/aiokpl.hpp>

int main() {
  const aiokpl::Config config{.region = "us-east-1"};
  config.validate();
  const auto key = aiokpl::md5_hash_key("user-123");
  std::cout << key.to_decimal() << '\n';
  // MD5("user-123"), read big-endian.
  return key == aiokpl::HashKey{0xbc17c97c3d897d43, 0xb7e07ca0266eafa8} ? 0 : 1;
}
