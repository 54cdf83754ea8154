#include "aws/instance_region.hpp"

#include <utility>

namespace aiokpl::aws {
namespace {

MetadataRegion ask_instance(const ProfileSettings& profile, const Environment& environment, const WebCall& call) {
  FetchContext context;
  context.environment = environment;
  context.call = call;
  try {
    return metadata_region(context, {.endpoint = metadata_endpoint_of(profile, environment),
                                     .endpoint_mode = metadata_endpoint_mode_of(profile, environment)});
  } catch (const ProfileError& wrong) {
    return {.reason = wrong.what()};
  }
}

}  // namespace

EndpointOutcome resolve_endpoint_here(EndpointQuery query, const ProfileSettings& profile,
                                      const Environment& environment, const WebCall& call) {
  EndpointOutcome outcome = resolve_endpoint(query, environment);
  if (!outcome.no_region) return outcome;
  MetadataRegion found = ask_instance(profile, environment, call);
  if (!found.region) {
    outcome.problem += ", and none comes from " + found.reason;
    return outcome;
  }
  query.region = *std::move(found.region);
  return resolve_endpoint(query, environment);
}

}  // namespace aiokpl::aws
