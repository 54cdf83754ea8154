// Reads lines "service region fips dualstack url", the url "-" where none is configured, and answers each with the URL
// and the signing region that our rules come to, or with "error: " and why. With --environment the process's
// environment counts, too, a switch that is off says nothing, and services that give credentials are asked as theirs
// are.
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>

#include "aws/endpoint.hpp"
#include "aws/environment.hpp"

namespace {

using aiokpl::aws::EndpointQuery;
using aiokpl::aws::Service;

Service service_called(const std::string& name) {
  if (name == "sts") return Service::sts;
  if (name == "portal.sso") return Service::sso;
  if (name == "oidc") return Service::sso_oidc;
  return name == "monitoring" ? Service::cloudwatch : Service::kinesis;
}

EndpointQuery read_query(const std::string& line) {
  std::istringstream words{line};
  std::string service;
  std::string region;
  std::string url;
  bool fips = false;
  bool dualstack = false;
  words >> service >> region >> fips >> dualstack >> url;
  EndpointQuery query{
      .service = service_called(service), .region = region, .use_fips = fips, .use_dualstack = dualstack};
  if (url != "-") query.endpoint_url = url;
  return query;
}

}  // namespace

int main(int argc, char** argv) {
  const bool with_environment = argc > 1 && std::string_view{argv[1]} == "--environment";
  aiokpl::aws::Environment environment = [](const char*) { return std::optional<std::string>{}; };
  if (with_environment) environment = aiokpl::aws::process_environment();
  std::string line;
  while (std::getline(std::cin, line)) {
    EndpointQuery query = read_query(line);
    query.url_alone_counts =
        with_environment && query.service != Service::kinesis && query.service != Service::cloudwatch;
    if (with_environment && !*query.use_fips) query.use_fips.reset();
    if (with_environment && !*query.use_dualstack) query.use_dualstack.reset();
    const auto outcome = aiokpl::aws::resolve_endpoint(query, environment);
    if (outcome) {
      std::cout << outcome.endpoint->url() << " " << outcome.endpoint->region << "\n";
    } else {
      std::cout << "error: " << outcome.problem << "\n";
    }
  }
}
