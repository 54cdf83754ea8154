#include "cli/tail_printer.hpp"

#include <utility>
#include <vector>

#include "cli/compression.hpp"
#include "codec/aggregate_format.hpp"

namespace aiokpl::cli {
namespace {

// A stream full of broken records must not flood the terminal.
constexpr std::uint64_t most_warnings = 20;

bool has_magic(std::string_view data) {
  const auto& magic = codec::aggregate_magic;
  return data.starts_with(std::string_view{reinterpret_cast<const char*>(magic.data()), magic.size()});
}

std::string plural(std::uint64_t count, const std::string& noun) {
  return grouped(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace

TailPrinter::TailPrinter(TailOutput output, Warn warn) : output_{std::move(output)}, warn_{std::move(warn)} {}

void TailPrinter::print(std::string& out, std::string_view shard_id, const HashKeyRange& range,
                        const KinesisRecord& record) {
  if (done()) return;
  const Found found{.shard_id = shard_id, .sequence_number = record.sequence_number, .arrival = record.arrival};
  if (!output_.raw_records && has_magic(record.data)) {
    try {
      if (!is_aggregated(record.data)) throw AggregationFormatError{"its MD5 is wrong"};
      const Deaggregated aggregate =
          deaggregate(record.data, record.partition_key.value_or(""), output_.kcl ? range : HashKeyRange{});
      print_aggregate(out, record, found, aggregate);
      return;
    } catch (const AggregationFormatError& error) {
      warn(found, std::string{"a broken aggregate, printed as it is: "} + error.what());
    }
  }
  print_user_record(out, {.partition_key = record.partition_key, .data = record.data}, found);
}

void TailPrinter::print_aggregate(std::string& out, const KinesisRecord& record, Found found,
                                  const Deaggregated& aggregate) {
  if (aggregate.dropped) {
    ++dropped_;
    warn(found, "the KCL drops this aggregate of " + plural(record.data.size(), "byte") + ": hash key " +
                    aggregate.offending_hash_key.value_or(HashKey{}).to_decimal() + " is not in the shard's range");
    return;
  }
  std::uint64_t place = 0;
  std::vector<Tag> tags;
  for (const UserRecord& user : aggregate.records) {
    if (done()) return;
    tags.clear();
    for (const OwnedTag& tag : user.tags)
      tags.push_back({tag.key, tag.value});
    found.subsequence_number = place++;
    print_user_record(out,
                      {.partition_key = user.partition_key,
                       .explicit_hash_key = user.explicit_hash_key,
                       .data = DataView{user.data}.text(),
                       .tags = tags},
                      found);
  }
}

void TailPrinter::print_user_record(std::string& out, InputRecord record, const Found& found) {
  std::optional<std::string> unpacked;
  if (const Compression kind = detect_compression(record.data); output_.decompress && kind != Compression::none) {
    unpacked = decompress(record.data, kind);
    if (unpacked) {
      record.data = *unpacked;
    } else {
      warn(found, "looks compressed, but is broken, cut off or too large; printed as it is");
    }
  }
  ++printed_;
  if (output_.json) {
    append_found(out, record, found);
  } else if (output_.format) {
    output_.format->append(out, record, found);
  } else {
    out += record.data;
    out += '\n';
  }
}

std::optional<std::uint64_t> TailPrinter::wanted() const noexcept {
  if (!output_.count) return std::nullopt;
  return *output_.count - printed_;
}

void TailPrinter::warn(const Found& found, const std::string& what) {
  if (++warnings_ > most_warnings) return;
  std::string line{found.shard_id};
  line.append(" ").append(found.sequence_number);
  if (found.subsequence_number) line += "/" + std::to_string(*found.subsequence_number);
  warn_(line + ": " + what);
}

void TailPrinter::finish() {
  if (warnings_ > most_warnings) warn_(plural(warnings_ - most_warnings, "more warning") + " of this kind");
  if (dropped_ > 0) warn_(plural(dropped_, "aggregate") + " left out, as the KCL drops them");
}

}  // namespace aiokpl::cli
