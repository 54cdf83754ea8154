// Records out of a file, in every framing, with keys from where the input says. Nothing is lost: every piece becomes a
// record or is reported, and what goes into the file of failed records reads back equal.
#include "cli/exit_status.hpp"
#include "cli/ndjson.hpp"
#include "cli/reader.hpp"
#include "codec/utf8.hpp"
#include "tests/fuzz/fuzz_input.hpp"
#include "tests/fuzz/memory_file.hpp"
#include "tests/fuzz/property.hpp"
#include "tests/fuzz/written_records.hpp"

namespace aiokpl::fuzz {
namespace {

using cli::Framing;
using cli::InputBatch;
using cli::InputRecord;

cli::KeyRules take_rules(FuzzInput& input) {
  const std::size_t shape = input.below(32);
  cli::KeyRules rules;
  if ((shape & 1U) != 0) rules.partition_key = input.text();
  if ((shape & 2U) != 0) rules.explicit_hash_key = input.text();
  if ((shape & 4U) != 0) rules.delimiter = input.text();
  // A pointer that is none is refused before anything is read.
  const auto pointer = [&]() -> std::optional<std::string> {
    const std::string text{input.text()};
    try {
      cli::check_pointer("--flag", text);
      return text;
    } catch (const cli::CommandError&) {
      return std::nullopt;
    }
  };
  if ((shape & 8U) != 0) rules.partition_key_field = pointer();
  if ((shape & 16U) != 0) rules.explicit_hash_key_field = pointer();
  return rules;
}

/// Through the file of failed records and back.
void check_failed(const InputRecord& record) {
  std::string line;
  cli::append_failed(line, record, {.code = "Code", .message = "why", .attempts = 3});
  check_written(std::move(line), record);
}

void check_unreadable(const cli::Unreadable& unreadable) {
  hold(!unreadable.code.empty() && !unreadable.message.empty(), "what cannot be read has a reason");
  std::string line;
  cli::append_unreadable(line, unreadable.bytes, {.code = unreadable.code, .message = unreadable.message});
  hold(codec::valid_utf8(line) && line.ends_with('\n'), "a report is a line of text");
  line.pop_back();
  hold(cli::read_unreadable(line) == unreadable.bytes, "what cannot be read is not lost");
}

void check(FuzzInput& input) {
  constexpr Framing framings[] = {Framing::lines, Framing::ndjson, Framing::length_prefixed};
  const Framing framing = framings[input.below(3)];
  const cli::KeyRules rules = take_rules(input);
  const std::string_view text = input.rest();
  const MemoryFile file{text};
  cli::RecordReader reader{{file.path()}, framing, rules, -1};
  std::size_t pieces = 0;
  InputBatch batch;
  while (reader.next(batch)) {
    pieces += batch.records.size() + batch.unreadable.size();
    for (const InputRecord& record : batch.records)
      check_failed(record);
    for (const cli::Unreadable& unreadable : batch.unreadable)
      check_unreadable(unreadable);
  }
  if (framing != Framing::lines) return;
  std::size_t lines = 0;
  for (const char c : text)
    lines += c == '\n' ? 1 : 0;
  if (!text.empty() && text.back() != '\n') ++lines;
  hold(pieces == lines, "every line is a record or reported");
}

}  // namespace
}  // namespace aiokpl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  aiokpl::fuzz::FuzzInput input{data, size};
  aiokpl::fuzz::check(input);
  return 0;
}
