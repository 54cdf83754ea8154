#include "emulator/store.hpp"

#include "emulator/api_error.hpp"

namespace aiokpl::emulator {

void Store::forget_deleted(Time now) {
  std::erase_if(streams_, [&](const auto& entry) { return entry.second->gone(now); });
}

Stream& Store::create(const StreamSpec& spec, Time now) {
  forget_deleted(now);
  if (streams_.contains(spec.name)) {
    throw ApiError{"ResourceInUseException",
                   "Stream " + spec.name + " under account " + account_id + " already exists."};
  }
  auto& place = streams_[spec.name];
  place = std::make_unique<Stream>(spec, rules_, seed_, now);
  return *place;
}

void Store::remove(std::string_view name, Time now) {
  stream(name, now).begin_deletion(now);
  forget_deleted(now);
}

Stream& Store::stream(std::string_view name, Time now) {
  const auto found = streams_.find(name);
  if (found == streams_.end() || found->second->gone(now)) {
    throw ApiError{"ResourceNotFoundException",
                   "Stream " + std::string{name} + " under account " + account_id + " not found."};
  }
  return *found->second;
}

const std::map<std::string, std::unique_ptr<Stream>, std::less<>>& Store::streams(Time now) {
  forget_deleted(now);
  return streams_;
}

void Store::freeze(bool frozen) {
  for (const auto& [name, stream] : streams_)
    stream->freeze(frozen);
}

}  // namespace aiokpl::emulator
