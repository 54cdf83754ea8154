#include "cli/record_format.hpp"

#include "cli/exit_status.hpp"
#include "cli/text.hpp"

namespace aiokpl::cli {
namespace {

constexpr std::string_view fields = "khsSnit";

}  // namespace

RecordFormat::RecordFormat(std::string_view format) {
  while (!format.empty()) {
    const std::size_t percent = format.find('%');
    add_text(unescape(format.substr(0, percent)));
    if (percent == std::string_view::npos) return;
    const char letter = percent + 1 < format.size() ? format[percent + 1] : '\0';
    if (letter == '%') {
      add_text("%");
    } else if (letter != '\0' && fields.find(letter) != std::string_view::npos) {
      parts_.push_back({.field = letter});
    } else {
      throw CommandError{ExitStatus::usage,
                         "--format '" + std::string{format} + "': after % only k, h, s, S, n, i, t and % are known"};
    }
    format.remove_prefix(percent + 2);
  }
}

void RecordFormat::append(std::string& out, const InputRecord& record, const Found& found) const {
  for (const Part& part : parts_) {
    switch (part.field) {
      case 'k':
        out += record.partition_key.value_or("");
        break;
      case 'h':
        out += record.explicit_hash_key.value_or("");
        break;
      case 's':
        out += record.data;
        break;
      case 'S':
        out += found.shard_id;
        break;
      case 'n':
        out += found.sequence_number;
        break;
      case 'i':
        if (found.subsequence_number) out += std::to_string(*found.subsequence_number);
        break;
      case 't':
        if (found.arrival) out += to_rfc3339(*found.arrival);
        break;
      default:
        out += part.text;
    }
  }
}

void RecordFormat::add_text(std::string_view text) {
  if (text.empty()) return;
  if (parts_.empty() || parts_.back().field != 0) parts_.emplace_back();
  parts_.back().text += text;
}

}  // namespace aiokpl::cli
