#pragma once

#include <string>

namespace aiokpl::soak {

/// A producer whose credentials are those of its environment, under a steady load: in a process of its own, since an
/// environment belongs to a process.
struct CredentialsLoad {
  std::string endpoint_url;
  std::string stream;
  double records_per_second = 200;
};

/// Puts until standard input has a line, and says then, in a line of JSON on standard output, what became of it all. A
/// record's data begin with its number, from 0 on, and a colon.
void run_credentials_load(const CredentialsLoad& load);

}  // namespace aiokpl::soak
