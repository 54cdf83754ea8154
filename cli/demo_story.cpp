#include "cli/demo_run.hpp"
#include "cli/text.hpp"

namespace aiokpl::cli {
namespace {

std::string counted(std::uint64_t number, const char* one, const char* many) {
  return grouped(number) + ' ' + (number == 1 ? one : many);
}

void add(std::string& text, std::string_view title, const std::string& what) {
  text.append("  ").append(title).append(12 - title.size(), ' ').append(what).append("\n");
}

void tell_putting(std::string& text, const DemoStory& story) {
  add(text, "put",
      counted(story.put, "record", "records") + " (" + show_bytes(story.put_bytes) +
          "): " + counted(story.options.copies, "copy", "copies") + " of " + grouped(story.lines) +
          " lines of Shakespeare, each line under a key of its own");
  add(text, "packed",
      "into " + counted(story.kinesis_records, "Kinesis record", "Kinesis records") + " and " +
          counted(story.requests, "PutRecords request", "PutRecords requests") + " (" +
          show_bytes(story.request_bytes) + "), in " + show_seconds(story.put_time));
  add(text, "split",
      story.split_shard + " with " + counted(story.outstanding_at_split, "record", "records") + " under way: " +
          grouped(story.open_shards_before) + " open shards became " + grouped(story.open_shards_after));
  if (story.sent_again > 0) {
    add(text, "sent again",
        counted(story.sent_again, "record", "records") + " that were packed for a shard which was no longer theirs");
  }
  if (story.not_stored > 0) {
    add(text, "NOT STORED", counted(story.not_stored, "record", "records") + "; the first: " + story.first_failure);
  }
}

void tell_reading(std::string& text, const DemoStory& story) {
  const DemoReading& reading = story.reading;
  add(text, "read back",
      counted(reading.records.size(), "record", "records") + " from " + counted(reading.shards, "shard", "shards") +
          ", the split one before its children, in " + show_seconds(story.read_time));
  if (reading.dropped_aggregates > 0) {
    add(text, "",
        "passing over " + counted(reading.dropped_aggregates, "Kinesis record", "Kinesis records") +
            " with records of another shard in it, as the Kinesis Client Library does");
  }
  add(text, "compared",
      "missing " + grouped(story.comparison.missing) + ", different " + grouped(story.comparison.different) +
          ", duplicates " + grouped(story.comparison.duplicates));
  if (story.comparison.unknown > 0) add(text, "", "records that nobody put: " + grouped(story.comparison.unknown));
  if (story.comparison.example) add(text, "", *story.comparison.example);
}

}  // namespace

std::string tell(const DemoStory& story) {
  std::string text = "A local Kinesis at " + story.endpoint_url + ", with the stream \"demo\" of " +
                     counted(story.options.shards, "shard", "shards") + ":\n\n";
  tell_putting(text, story);
  tell_reading(text, story);
  text += story.identical() ? "\nEverything came back, byte for byte.\n" : "\nWhat came back is NOT what was put.\n";
  text +=
      "\nTry next:\n"
      "  aiokpl local --stream events:2\n"
      "  echo hello | aiokpl put --stream events --endpoint-url http://127.0.0.1:4567   (in another terminal)\n";
  return text;
}

}  // namespace aiokpl::cli
