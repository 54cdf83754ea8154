#include <array>
#include <chrono>
#include <cmath>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

#include "aws/document.hpp"
#include "codec/utf8.hpp"
#include "emulator/faults.hpp"

namespace aiokpl::emulator {
namespace {

struct Rate {
  const char* name;
  double Faults::* field;
};
struct Time {
  const char* name;
  std::chrono::nanoseconds Faults::* field;
};

constexpr std::array rates{
    Rate{"drop_rate", &Faults::drop_rate},
    Rate{"request_error_rate", &Faults::request_error_rate},
    Rate{"request_throttle_rate", &Faults::request_throttle_rate},
    Rate{"throttle_rate", &Faults::throttle_rate},
    Rate{"internal_error_rate", &Faults::internal_error_rate},
    Rate{"drop_after_rate", &Faults::drop_after_rate},
    Rate{"truncate_rate", &Faults::truncate_rate},
    Rate{"garbage_rate", &Faults::garbage_rate},
    Rate{"wrong_count_rate", &Faults::wrong_count_rate},
};
constexpr std::array times{
    Time{"latency_ms", &Faults::latency},
    Time{"latency_jitter_ms", &Faults::latency_jitter},
};

/// Two of them can be added, and nobody waits longer.
constexpr std::chrono::nanoseconds longest_wait = std::chrono::hours{1};

[[noreturn]] void refuse_wait(const std::string& name) {
  throw std::invalid_argument{name + " must be 0 to 3600000"};
}

double milliseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>{time}.count();
}

double number_of(const std::string& name, const nlohmann::json& value) {
  if (!value.is_number()) throw std::invalid_argument{name + " must be a number"};
  return value.get<double>();
}

bool set_rate(const std::string& name, const nlohmann::json& value, Faults& faults) {
  for (const Rate& rate : rates) {
    if (name != rate.name) continue;
    faults.*rate.field = number_of(name, value);
    return true;
  }
  return false;
}

bool set_time(const std::string& name, const nlohmann::json& value, Faults& faults) {
  for (const Time& time : times) {
    if (name != time.name) continue;
    const double number = number_of(name, value);
    if (!(number >= 0 && number <= milliseconds(longest_wait))) refuse_wait(name);
    faults.*time.field = std::chrono::nanoseconds{std::llround(number * 1e6)};
    return true;
  }
  return false;
}

bool set_other(const std::string& name, const nlohmann::json& value, Faults& faults) {
  if (name == "stale_list_shards") {
    if (!value.is_boolean()) throw std::invalid_argument{name + " must be true or false"};
    faults.stale_list_shards = value.get<bool>();
    return true;
  }
  if (name != "refused_operations") return false;
  std::vector<std::string> operations;
  if (!value.is_array()) throw std::invalid_argument{name + " must be a list of names"};
  for (const auto& operation : value) {
    if (!operation.is_string()) throw std::invalid_argument{name + " must be a list of names"};
    operations.push_back(operation.get<std::string>());
  }
  faults.refused_operations = std::move(operations);
  return true;
}

}  // namespace

void check(const Faults& faults) {
  for (const Rate& rate : rates) {
    const double value = faults.*rate.field;
    if (!(value >= 0 && value <= 1)) {
      throw std::invalid_argument{std::string{rate.name} + " must be 0 to 1, not " + std::to_string(value)};
    }
  }
  for (const Time& time : times) {
    if (faults.*time.field < std::chrono::nanoseconds::zero() || faults.*time.field > longest_wait) {
      refuse_wait(time.name);
    }
  }
  for (const std::string& operation : faults.refused_operations) {
    if (!codec::valid_utf8(operation)) throw std::invalid_argument{"refused_operations must be names in UTF-8"};
  }
}

std::string to_json(const Faults& faults) {
  auto document = nlohmann::ordered_json::object();
  for (const Time& time : times)
    document[time.name] = milliseconds(faults.*time.field);
  for (const Rate& rate : rates)
    document[rate.name] = faults.*rate.field;
  document["stale_list_shards"] = faults.stale_list_shards;
  document["refused_operations"] = faults.refused_operations;
  return document.dump(2) + '\n';
}

Faults from_json(std::string_view json, Faults faults) {
  const auto document = nlohmann::json::parse(json, nullptr, false);
  if (!document.is_object() || aws::ends_early(json)) throw std::invalid_argument{"expected a JSON object"};
  for (const auto& [name, value] : document.items()) {
    if (!set_rate(name, value, faults) && !set_time(name, value, faults) && !set_other(name, value, faults)) {
      throw std::invalid_argument{"unknown fault '" + name + "'"};
    }
  }
  check(faults);
  return faults;
}

}  // namespace aiokpl::emulator
