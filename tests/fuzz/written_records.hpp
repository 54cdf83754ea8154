#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include "cli/ndjson.hpp"
#include "codec/utf8.hpp"
#include "tests/fuzz/property.hpp"

namespace aiokpl::fuzz {

inline bool equal(const cli::InputRecord& one, const cli::InputRecord& other) {
  return one.partition_key == other.partition_key && one.explicit_hash_key == other.explicit_hash_key &&
         one.data == other.data &&
         std::equal(one.tags.begin(), one.tags.end(), other.tags.begin(), other.tags.end(),
                    [](const Tag& a, const Tag& b) { return a.key == b.key && a.value == b.value; });
}

/// A line that the program wrote of a record is one line of text, and reads back equal.
inline void check_written(std::string line, const cli::InputRecord& record) {
  hold(line.ends_with('\n') && line.find('\n') + 1 == line.size(), "a record is one line");
  hold(codec::valid_utf8(line), "a line is text");
  line.pop_back();
  cli::InputBatch batch;
  cli::InputRecord again;
  std::string problem;
  hold(cli::read_ndjson(line, batch, again, problem) && equal(again, record), "what is written reads back equal");
}

}  // namespace aiokpl::fuzz
