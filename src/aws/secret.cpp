#include "aws/secret.hpp"

#include <openssl/crypto.h>

namespace aiokpl::aws {

void wipe(std::string& secret) noexcept {
  // A shorter value may have been assigned over a longer one: what lies between size and capacity goes too. Growing
  // within the capacity does not allocate.
  secret.resize(secret.capacity());
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

}  // namespace aiokpl::aws
