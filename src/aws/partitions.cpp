#include "aws/partitions.hpp"

#include <algorithm>
#include <array>

namespace aiokpl::aws {
namespace {

constexpr std::array<Partition, 8> partitions{{
    {"aws", "amazonaws.com", "api.aws"},
    {"aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
    {"aws-eusc", "amazonaws.eu", "api.amazonwebservices.eu"},
    {"aws-iso", "c2s.ic.gov", "api.aws.ic.gov"},
    {"aws-iso-b", "sc2s.sgov.gov", "api.aws.scloud"},
    {"aws-iso-e", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"},
    {"aws-iso-f", "csp.hci.ic.gov", "api.aws.hci.ic.gov"},
    {"aws-us-gov", "amazonaws.com", "api.aws"},
}};

/// The beginning of the names of a partition's regions, which "-west-1" or the like follows. Those of "aws" itself need
/// no entry.
struct RegionForm {
  std::string_view beginning;
  std::string_view partition;
};

constexpr std::array<RegionForm, 7> forms{{
    {"cn", "aws-cn"},
    {"eusc-de", "aws-eusc"},
    {"us-iso", "aws-iso"},
    {"us-isob", "aws-iso-b"},
    {"eu-isoe", "aws-iso-e"},
    {"us-isof", "aws-iso-f"},
    {"us-gov", "aws-us-gov"},
}};

constexpr std::string_view global_region = "aws-global";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/// "cn-north-1" for "cn": one word and a number follow.
bool has_form(std::string_view region, std::string_view beginning) {
  if (!region.starts_with(beginning)) return false;
  region.remove_prefix(beginning.size());
  if (!region.starts_with('-')) return false;
  region.remove_prefix(1);
  const std::size_t hyphen = region.find('-');
  if (hyphen == 0 || hyphen == std::string_view::npos) return false;
  const std::string_view word = region.substr(0, hyphen);
  const std::string_view number = region.substr(hyphen + 1);
  return !number.empty() && std::ranges::all_of(word, is_word) && std::ranges::all_of(number, is_digit);
}

/// "aws-cn-global" for "aws-cn": what belongs to no region of a partition.
bool is_global_of(std::string_view region, std::string_view partition) {
  return region.starts_with(partition) && region.substr(partition.size()) == "-global";
}

const Partition& partition_called(std::string_view name) {
  return *std::ranges::find(partitions, name, &Partition::name);
}

bool is_global_sts(Service service, std::string_view region) {
  return service == Service::sts && region == global_region;
}

/// The FIPS endpoints of GovCloud have no name of their own, with exceptions that are as the services have grown.
bool has_fips_label(Service service, const Partition& partition, bool dualstack) {
  if (partition.name != "aws-us-gov") return true;
  return service != Service::cloudwatch && dualstack;
}

}  // namespace

std::string_view signing_name(Service service) noexcept {
  switch (service) {
    case Service::kinesis:
      break;
    case Service::cloudwatch:
      return "monitoring";
    case Service::sts:
      return "sts";
    case Service::sso:
      return "portal.sso";
    case Service::sso_oidc:
      return "oidc";
  }
  return "kinesis";
}

const Partition& partition_of(std::string_view region) noexcept {
  for (const RegionForm& form : forms) {
    if (has_form(region, form.beginning)) return partition_called(form.partition);
  }
  for (const Partition& partition : partitions) {
    if (is_global_of(region, partition.name)) return partition;
  }
  return partitions.front();
}

bool is_region_name(std::string_view text) noexcept {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-'; };
  return !text.empty() && text.size() <= 63 && std::ranges::all_of(text, allowed) && text.front() != '-' &&
         text.back() != '-';
}

bool was_served_by_global_sts(std::string_view region) noexcept {
  constexpr std::array<std::string_view, 16> regions{
      "ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "aws-global", "ca-central-1",
      "eu-central-1",   "eu-north-1", "eu-west-1",      "eu-west-2",      "eu-west-3",  "sa-east-1",
      "us-east-1",      "us-east-2",  "us-west-1",      "us-west-2"};
  return std::ranges::find(regions, region) != regions.end();
}

std::string service_host(Service service, std::string_view region, bool fips, bool dualstack) {
  const Partition& partition = partition_of(region);
  std::string host{signing_name(service)};
  if (fips && has_fips_label(service, partition, dualstack)) host += "-fips";
  if (!is_global_sts(service, region) || fips || dualstack) host.append(".").append(region);
  return host.append(".").append(dualstack ? partition.dualstack_suffix : partition.suffix);
}

std::string_view signing_region(Service service, std::string_view region) noexcept {
  return is_global_sts(service, region) ? "us-east-1" : region;
}

}  // namespace aiokpl::aws
