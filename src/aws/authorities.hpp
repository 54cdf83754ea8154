#pragma once

#include <functional>
#include <optional>
#include <string>

#include "aws/environment.hpp"

namespace aiokpl::aws {

/// Which authorities' certificates are trusted.
struct AuthoritiesOutcome {
  /// A PEM file. Absent: none was found, and what libcurl was built with decides.
  std::optional<std::string> file = std::nullopt;
  /// What is wrong with the file that was asked for, in words that start with the setting; empty when nothing is.
  std::string problem = {};

  [[nodiscard]] explicit operator bool() const noexcept { return problem.empty(); }
};

/// What is wrong with a file of authorities; nothing when certificates can be read from it.
using FileCheck = std::function<std::optional<std::string>(const std::string& path)>;
[[nodiscard]] std::optional<std::string> problem_of_authorities(const std::string& path);

/// The first of: the configuration's `ca_bundle`, AWS_CA_BUNDLE, the profile's, SSL_CERT_FILE, the usual places of the
/// systems. One that is named has to be there; of the usual places those that are missing are passed over.
[[nodiscard]] AuthoritiesOutcome find_authorities(const std::optional<std::string>& configured,
                                                  const std::optional<std::string>& profile,
                                                  const Environment& environment,
                                                  const FileCheck& check = problem_of_authorities);

/// Where the system keeps its authorities; nothing where none of the usual places is there.
[[nodiscard]] std::optional<std::string> system_authorities(const FileCheck& check = problem_of_authorities);
/// The usual places, for messages.
[[nodiscard]] std::string usual_places_of_authorities();

}  // namespace aiokpl::aws
