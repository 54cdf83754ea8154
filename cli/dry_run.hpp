#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "cli/failures.hpp"
#include "cli/input_record.hpp"

namespace aiokpl::cli {

/// `put --dry-run`: asks the service, with PutRecords' own DryRun, whether it would take each record. Records go one by
/// one into requests, without aggregation; nothing is stored.
class DryRun {
 public:
  struct Limits {
    std::size_t records = 500;
    std::size_t bytes = std::size_t{5} << 20;
    std::size_t record_bytes = std::size_t{1} << 20;
  };
  /// Throws what aws::KinesisApi::call throws.
  using Call = std::function<nlohmann::json(std::string_view operation, const nlohmann::json& request)>;

  DryRun(std::string stream, Limits limits, Call call, Failures& failures);

  void put(const InputRecord& record);
  /// Sends what is left. Throws CommandError (nothing_done), as `put` does, when the service refuses for a reason that
  /// is not a record's, or does not know DryRun.
  void finish();
  [[nodiscard]] std::uint64_t accepted() const noexcept { return accepted_; }

 private:
  struct Kept {
    std::optional<std::string> partition_key;
    std::optional<std::string> explicit_hash_key;
    std::string data;
  };

  void send();
  /// A request that is not valid is halved until the record that makes it so is alone.
  void ask(std::size_t first, std::size_t count);
  [[nodiscard]] nlohmann::json request(std::size_t first, std::size_t count) const;

  std::string stream_;
  Limits limits_;
  Call call_;
  Failures& failures_;
  std::vector<Kept> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::uint64_t accepted_ = 0;
  bool understood_ = false;
};

}  // namespace aiokpl::cli
