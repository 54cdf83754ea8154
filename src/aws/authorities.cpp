#include "aws/authorities.hpp"

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace aiokpl::aws {
namespace {

constexpr std::array<const char*, 5> usual_places{
    "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Ubuntu, Alpine, Arch
    "/etc/pki/tls/certs/ca-bundle.crt",                   // Red Hat, Fedora, Amazon Linux
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // the same, where the other is gone
    "/etc/ssl/ca-bundle.pem",                             // SUSE
    "/etc/ssl/cert.pem",                                  // Alpine, the BSDs
};

std::string system_words(int number) {
  return std::system_category().message(number);
}

/// Whether there is the beginning of a PEM block, which in a bundle is on one of the first pages.
bool holds_pem(int file, int& failure) {
  constexpr std::string_view beginning = "-----BEGIN ";
  std::array<char, 4096> buffer{};
  std::string text;
  for (;;) {
    const ssize_t count = read(file, buffer.data(), buffer.size());
    if (count < 0) failure = errno;
    if (count <= 0) return false;
    text.append(buffer.data(), static_cast<std::size_t>(count));
    if (text.find(beginning) != std::string::npos) return true;
    if (text.size() > beginning.size()) text.erase(0, text.size() - beginning.size());
  }
}

}  // namespace

std::optional<std::string> problem_of_authorities(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return "cannot read " + path + ": " + system_words(errno);
  int failure = 0;
  const bool fine = holds_pem(file, failure);
  close(file);
  if (fine) return std::nullopt;
  if (failure != 0) return "cannot read " + path + ": " + system_words(failure);
  return path + " holds no certificate in PEM format (\"-----BEGIN CERTIFICATE-----\")";
}

AuthoritiesOutcome find_authorities(const std::optional<std::string>& configured,
                                    const std::optional<std::string>& profile, const Environment& environment,
                                    const FileCheck& check) {
  struct Named {
    const char* setting;
    std::optional<std::string> path;
  };
  const std::array<Named, 4> named{{{"ca_bundle", configured},
                                    {"AWS_CA_BUNDLE", environment("AWS_CA_BUNDLE")},
                                    {"ca_bundle of the profile", profile},
                                    {"SSL_CERT_FILE", environment("SSL_CERT_FILE")}}};
  for (const auto& [setting, path] : named) {
    if (!path) continue;
    const auto problem = check(*path);
    if (problem) return {.problem = std::string{setting} + ": " + *problem};
    return {.file = path};
  }
  return {.file = system_authorities(check)};
}

std::optional<std::string> system_authorities(const FileCheck& check) {
  for (const char* place : usual_places) {
    if (!check(place)) return place;
  }
  return std::nullopt;
}

std::string usual_places_of_authorities() {
  std::string list;
  for (const char* place : usual_places)
    list.append(list.empty() ? "" : ", ").append(place);
  return list;
}

}  // namespace aiokpl::aws
