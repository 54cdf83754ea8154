#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <aiokpl/record.hpp>

#include "scenario.hpp"

namespace aiokpl::simulation {

/// Names a record of a scenario: they are numbered in the order of its puts.
using RecordId = std::uint32_t;

/// A record as a caller puts it, and as a consumer has to find it. Owns what the views point to; used again and again.
struct Content {
  std::optional<std::string> key;
  std::optional<std::string> explicit_hash_key;
  std::vector<std::byte> data;
  std::string tag_value;
  std::vector<Tag> tags;
  /// Records of one caller with this number have one key.
  std::uint64_t key_number = 0;

  [[nodiscard]] Record record(std::string_view stream) const;
};

/// The records of a scenario. Each follows from the seed and its number, so that none has to be kept to be compared.
class Workload {
 public:
  explicit Workload(const Scenario& scenario);

  [[nodiscard]] RecordId size() const noexcept { return static_cast<RecordId>(puts_of_.size()); }
  [[nodiscard]] RecordId first_of(std::size_t puts) const noexcept { return first_[puts]; }
  [[nodiscard]] const Puts& puts_of(RecordId id) const noexcept { return scenario_->puts[puts_of_[id]]; }
  void write(RecordId id, Content& content) const;
  /// Which record these bytes are; nothing when they are none.
  [[nodiscard]] std::optional<RecordId> id_of(std::span<const std::byte> data) const noexcept;

 private:
  const Scenario* scenario_;
  std::vector<RecordId> first_;
  std::vector<std::uint32_t> puts_of_;
};

}  // namespace aiokpl::simulation
