#include "aws/authorities.hpp"

#include <cstdio>
#include <fstream>
#include <map>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aiokpl::aws {
namespace {

using testing::HasSubstr;

/// What is found where the variables are set so, and only these files are there.
AuthoritiesOutcome find(const std::optional<std::string>& configured, const std::optional<std::string>& profile,
                        const std::map<std::string, std::string>& environment, const std::set<std::string>& files) {
  return find_authorities(
      configured, profile,
      [&](const char* name) -> std::optional<std::string> {
        const auto found = environment.find(name);
        return found == environment.end() ? std::nullopt : std::optional{found->second};
      },
      [&](const std::string& path) -> std::optional<std::string> {
        return files.contains(path) ? std::nullopt : std::optional{"cannot read " + path};
      });
}

TEST(Authorities, AreThoseOfTheFirstWhoNamesThem) {
  const std::map<std::string, std::string> both{{"AWS_CA_BUNDLE", "/aws"}, {"SSL_CERT_FILE", "/ssl"}};
  const std::set<std::string> all{"/config", "/aws", "/profile", "/ssl", "/etc/ssl/cert.pem"};
  EXPECT_EQ(find("/config", "/profile", both, all).file, "/config");
  EXPECT_EQ(find({}, "/profile", both, all).file, "/aws");
  EXPECT_EQ(find({}, "/profile", {{"SSL_CERT_FILE", "/ssl"}}, all).file, "/profile");
  EXPECT_EQ(find({}, {}, {{"SSL_CERT_FILE", "/ssl"}}, all).file, "/ssl");
  EXPECT_EQ(find({}, {}, {}, all).file, "/etc/ssl/cert.pem");
}

TEST(Authorities, OnesThatAreNamedHaveToBeThere) {
  const std::set<std::string> others{"/ssl", "/etc/ssl/cert.pem"};
  EXPECT_EQ(find("/config", {}, {}, others).problem, "ca_bundle: cannot read /config");
  EXPECT_EQ(find({}, {}, {{"AWS_CA_BUNDLE", "/aws"}}, others).problem, "AWS_CA_BUNDLE: cannot read /aws");
  EXPECT_EQ(find({}, "/profile", {}, others).problem, "ca_bundle of the profile: cannot read /profile");
  EXPECT_EQ(find({}, {}, {{"SSL_CERT_FILE", "/nowhere"}}, others).problem, "SSL_CERT_FILE: cannot read /nowhere");
}

TEST(Authorities, OfTheUsualPlacesTheFirstThatIsThereCounts) {
  for (const char* place : {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                            "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"}) {
    EXPECT_EQ(find({}, {}, {}, {place}).file, place);
    EXPECT_THAT(usual_places_of_authorities(), HasSubstr(place));
  }
  const AuthoritiesOutcome none = find({}, {}, {}, {});
  EXPECT_TRUE(none);
  EXPECT_EQ(none.file, std::nullopt);
}

TEST(Authorities, AreReadFromAPemFile) {
  const std::string path = testing::TempDir() + "aiokpl-authorities.pem";
  std::ofstream{path} << "# " << std::string(4090, 'x') << "\n-----BEGIN CERTIFICATE-----\n";
  EXPECT_EQ(problem_of_authorities(path), std::nullopt) << "across the border of what is read at once";
  std::ofstream{path} << "nothing of the kind";
  EXPECT_THAT(problem_of_authorities(path).value(), HasSubstr(path + " holds no certificate in PEM format"));
  std::remove(path.c_str());
  EXPECT_EQ(problem_of_authorities(path), "cannot read " + path + ": No such file or directory");
  EXPECT_EQ(problem_of_authorities("/tmp"), "cannot read /tmp: Is a directory");
}

}  // namespace
}  // namespace aiokpl::aws
