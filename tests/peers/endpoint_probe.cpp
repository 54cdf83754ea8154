// Reads lines "service region fips dualstack url", the url "-" where none is configured, and answers each with the URL
// and the signing region that our rules come to, or with "error: " and why.
#include <iostream>
#include <optional>
#include <sstream>
#include <string>

#include "aws/endpoint.hpp"

namespace {

using aiokpl::aws::EndpointQuery;
using aiokpl::aws::Service;

Service service_called(const std::string& name) {
  if (name == "sts") return Service::sts;
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

int main() {
  std::string line;
  while (std::getline(std::cin, line)) {
    const auto outcome =
        aiokpl::aws::resolve_endpoint(read_query(line), [](const char*) { return std::optional<std::string>{}; });
    if (outcome) {
      std::cout << outcome.endpoint->url() << " " << outcome.endpoint->region << "\n";
    } else {
      std::cout << "error: " << outcome.problem << "\n";
    }
  }
}
