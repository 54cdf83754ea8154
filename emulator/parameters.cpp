#include "emulator/parameters.hpp"

#include <cmath>

#include <nlohmann/json.hpp>

#include "aws/document.hpp"
#include "emulator/serialization_error.hpp"

namespace aiokpl::emulator {
struct Flattener {
  Parameters& parameters;

  void add(const nlohmann::json& object, const std::string& prefix) {
    for (const auto& [name, value] : object.items()) {
      const std::string path = prefix.empty() ? name : prefix + '.' + name;
      auto& values = parameters.values_;
      if (value.is_object()) {
        values[path] = Parameters::Structure{};
        add(value, path);
      } else if (value.is_string()) {
        values[path] = value.get<std::string>();
      } else if (value.is_boolean()) {
        values[path] = value.get<bool>();
      } else if (value.is_number_float() ||
                 (value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t{INT64_MAX})) {
        values[path] = value.get<double>();
      } else if (value.is_number()) {
        values[path] = value.get<std::int64_t>();
      }
    }
  }
};

Parameters::Parameters(Protocol protocol, std::string_view body) : protocol_{protocol} {
  if (body.empty()) return;
  const auto document = aws::read_document(body, protocol == Protocol::json ? WireProtocol::json : WireProtocol::cbor);
  if (!document || !document->is_object()) throw_unreadable("The request is not a structure");
  Flattener{*this}.add(*document, "");
}

const Parameters::Value* Parameters::find(std::string_view path) const {
  const auto found = values_.find(path);
  return found == values_.end() ? nullptr : &found->second;
}

const std::string* Parameters::text(std::string_view path) const {
  const Value* const value = find(path);
  if (value == nullptr) return nullptr;
  const auto* const text = std::get_if<std::string>(value);
  if (text == nullptr) throw_wrong_type("NUMBER_VALUE", "a String");
  return text;
}

std::optional<std::int64_t> Parameters::integer(std::string_view path) const {
  const Value* const value = find(path);
  if (value == nullptr) return std::nullopt;
  if (const auto* const number = std::get_if<std::int64_t>(value)) return *number;
  throw_wrong_type(std::holds_alternative<std::string>(*value) ? "STRING_VALUE" : "DECIMAL_VALUE", "an Integer");
}

std::optional<bool> Parameters::boolean(std::string_view path) const {
  const Value* const value = find(path);
  if (value == nullptr) return std::nullopt;
  if (const auto* const flag = std::get_if<bool>(value)) return *flag;
  throw_wrong_type("STRING_VALUE", "a Boolean");
}

std::optional<std::chrono::system_clock::time_point> Parameters::time(std::string_view path) const {
  const Value* const value = find(path);
  if (value == nullptr) return std::nullopt;
  double number = 0;
  if (const auto* const whole = std::get_if<std::int64_t>(value)) {
    number = static_cast<double>(*whole);
  } else if (const auto* const real = std::get_if<double>(value)) {
    number = *real;
  } else {
    throw_wrong_type("STRING_VALUE", "milliseconds since epoch");
  }
  const double milliseconds = protocol_ == Protocol::json ? number * 1'000 : number;
  // Into the year 2261; beyond, nanoseconds would overflow.
  if (!(std::abs(milliseconds) < 9.2e12)) throw_unreadable("Timestamp out of range");
  return std::chrono::system_clock::time_point{std::chrono::milliseconds{std::llround(milliseconds)}};
}

bool Parameters::has_structure(std::string_view path) const {
  const Value* const value = find(path);
  return value != nullptr && std::holds_alternative<Structure>(*value);
}

}  // namespace aiokpl::emulator
