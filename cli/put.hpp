#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <aiokpl/config.hpp>

#include "cli/compression.hpp"
#include "cli/framing.hpp"
#include "cli/keys.hpp"

namespace aiokpl::cli {

enum class SummaryForm { text, json };

struct PutOptions {
  std::string stream;
  std::vector<std::string> files = {};
  Framing framing = Framing::lines;
  KeyRules keys = {};
  Compression compression = Compression::none;
  /// 0: the stream is not created.
  std::uint32_t create_shards = 0;
  bool dry_run = false;
  std::string failed_file = {};
  bool quiet = false;
  /// Absent: on a terminal.
  std::optional<bool> progress = std::nullopt;
  SummaryForm summary = SummaryForm::text;
};

/// `aiokpl put`. Returns the exit status; throws CommandError, ConfigError.
int run_put(const PutOptions& options, Config config);

}  // namespace aiokpl::cli
