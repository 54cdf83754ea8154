// Records as JSON objects. A line is read or refused with words, and what was read is written so that it reads back
// equal: by `tail --json` and by the file of failed records.
#include <aiokpl/aggregation.hpp>

#include "cli/ndjson.hpp"
#include "tests/fuzz/property.hpp"
#include "tests/fuzz/written_records.hpp"

namespace aiokpl::fuzz {
namespace {

using cli::InputBatch;
using cli::InputRecord;

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
