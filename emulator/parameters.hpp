#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "emulator/answer_writer.hpp"

namespace aiokpl::emulator {

/// The scalar members of a request that puts no records, by their path ("ShardFilter.Type"). Lists are not needed by
/// any operation here and left out.
class Parameters {
 public:
  /// Throws ApiError SerializationException.
  Parameters(Protocol protocol, std::string_view body);

  /// Null when absent. These throw SerializationException for a member of another type.
  [[nodiscard]] const std::string* text(std::string_view path) const;
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view path) const;
  [[nodiscard]] std::optional<bool> boolean(std::string_view path) const;
  /// Seconds in JSON, milliseconds in CBOR.
  [[nodiscard]] std::optional<std::chrono::system_clock::time_point> time(std::string_view path) const;
  /// Whether a structure was given, with anything in it or nothing.
  [[nodiscard]] bool has_structure(std::string_view path) const;

 private:
  struct Structure {};
  using Value = std::variant<Structure, bool, std::int64_t, double, std::string>;

  friend struct Flattener;
  [[nodiscard]] const Value* find(std::string_view path) const;

  Protocol protocol_;
  std::map<std::string, Value, std::less<>> values_;
};

}  // namespace aiokpl::emulator
