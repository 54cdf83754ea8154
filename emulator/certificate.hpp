#pragma once

#include <string>

namespace aiokpl::emulator {

/// A certificate for localhost, 127.0.0.1 and ::1, the key to it, and the authority that signed it, all in PEM. The
/// authority's key is thrown away: it can sign nothing else.
struct Certificate {
  std::string authority;
  std::string certificate;
  std::string key;
};

/// Makes a new one, good from yesterday for a year. Throws std::runtime_error with OpenSSL's words.
[[nodiscard]] Certificate make_certificate();

}  // namespace aiokpl::emulator
