// Records as JSON objects. A line is read or refused with words, and what was read is written so that it reads back
// equal: by `tail --json` and by the file of failed records.
#include <aiokpl/aggregation.hpp>

#include "cli/ndjson.hpp"
#include "codec/utf8.hpp"
#include "tests/fuzz/property.hpp"

namespace aiokpl::fuzz {
namespace {

using cli::InputBatch;
using cli::InputRecord;

bool equal(const InputRecord& one, const InputRecord& other) {
  return one.partition_key == other.partition_key && one.explicit_hash_key == other.explicit_hash_key &&
         one.data == other.data &&
         std::equal(one.tags.begin(), one.tags.end(), other.tags.begin(), other.tags.end(),
                    [](const Tag& a, const Tag& b) { return a.key == b.key && a.value == b.value; });
}

void check_written(std::string line, const InputRecord& record) {
  hold(line.ends_with('\n') && line.find('\n') + 1 == line.size(), "a record is one line");
  hold(codec::valid_utf8(line), "a line is text");
  line.pop_back();
  InputBatch batch;
  InputRecord again;
  std::string problem;
  hold(cli::read_ndjson(line, batch, again, problem) && equal(again, record), "what is written reads back equal");
}

void check(std::string_view line) {
  InputBatch batch;
  InputRecord record;
  std::string problem;
  if (!cli::read_ndjson(line, batch, record, problem)) {
    hold(!problem.empty(), "a refusal has a problem");
    (void)cli::read_unreadable(line);
    return;
  }
  hold(problem.empty(), "what was read has no problem");
  hold(line.find('\0') == std::string_view::npos, "nothing is left unread");
  std::string written;
  cli::append_failed(written, record, {.code = line, .message = line, .attempts = line.size()});
  check_written(written, record);
  written.clear();
  cli::append_found(
      written, record,
      {.shard_id = line, .sequence_number = line, .subsequence_number = line.size(), .arrival = cli::WallTime{}});
  check_written(written, record);
}

}  // namespace
}  // namespace aiokpl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  aiokpl::fuzz::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
