#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/input_record.hpp"
#include "cli/ndjson.hpp"

namespace aiokpl::cli {

/// What `tail --format` prints for a record, in the manner of kcat: text, escapes and
///   %k partition key   %h explicit hash key   %s data
///   %S shard           %n sequence number     %i place in the aggregate   %t arrival time (RFC 3339)   %%
/// What a record does not have is left empty.
class RecordFormat {
 public:
  /// Throws CommandError (usage) for an unknown letter or escape.
  explicit RecordFormat(std::string_view format);

  void append(std::string& out, const InputRecord& record, const Found& found) const;

 private:
  struct Part {
    /// 0: `text` as it is.
    char field = 0;
    std::string text = {};
  };

  void add_text(std::string_view text);

  std::vector<Part> parts_;
};

}  // namespace aiokpl::cli
