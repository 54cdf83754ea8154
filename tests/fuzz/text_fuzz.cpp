// Texts of the command line: times, escapes, the format of `tail`.
#include <cstdint>

#include "cli/exit_status.hpp"
#include "cli/record_format.hpp"
#include "cli/text.hpp"
#include "tests/fuzz/property.hpp"

namespace aiokpl::fuzz {
namespace {

void check_time(std::string_view text) {
  const auto time = cli::from_rfc3339(text);
  if (!time) return;
  const std::string shown = cli::to_rfc3339(*time);
  hold(text.size() > 10 || shown == std::string{text} + "T00:00:00.000Z", "a date is its first moment");
  const auto again = cli::from_rfc3339(shown);
  hold(again && cli::to_rfc3339(*again) == shown, "a time that is written can be read");
  hold(*time - *again >= std::chrono::milliseconds{0} && *time - *again < std::chrono::milliseconds{1},
       "less than a millisecond is lost");
}

/// The text in escapes only.
std::string escaped(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out.append("\\x").append(1, digits[byte >> 4U]).append(1, digits[byte & 15U]);
  }
  return out;
}

void check_escapes(std::string_view text) {
  hold(cli::unescape(escaped(text)) == text, "any bytes can be written in escapes");
  try {
    hold(cli::unescape(text).size() <= text.size(), "escapes are longer than what they mean");
  } catch (const cli::CommandError& error) {
    hold(error.status() == cli::ExitStatus::usage, "a wrong escape is a wrong use");
  }
}

void check_format(std::string_view text) {
  try {
    const cli::RecordFormat format{text};
    const cli::InputRecord record{.partition_key = "key", .explicit_hash_key = "7", .data = "data"};
    std::string out;
    format.append(out, record, {.shard_id = "shard", .sequence_number = "1", .arrival = cli::WallTime{}});
    std::string again;
    format.append(again, record, {.shard_id = "shard", .sequence_number = "1", .arrival = cli::WallTime{}});
    hold(out == again, "a record is printed as the one before");
    hold(text.find_first_of("%\\") != std::string_view::npos || out == text, "plain text is printed as it is");
  } catch (const cli::CommandError& error) {
    hold(error.status() == cli::ExitStatus::usage, "a wrong format is a wrong use");
  }
}

}  // namespace
}  // namespace aiokpl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  aiokpl::fuzz::check_time(text);
  aiokpl::fuzz::check_escapes(text);
  aiokpl::fuzz::check_format(text);
  return 0;
}
