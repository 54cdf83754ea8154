#include "emulator/put_request.hpp"

#include <utility>

#include "emulator/cbor_reader.hpp"
#include "emulator/json_reader.hpp"
#include "emulator/serialization_error.hpp"

namespace aiokpl::emulator {
namespace {

// Far above what the service takes, and low enough that a hostile body costs no memory to speak of.
constexpr std::size_t most_entries_read = 10'000;

// Reads a member of a record; false when it is none.
template <typename Reader>
bool read_entry_member(Reader& reader, std::string_view name, PutEntry& entry) {
  if (name == "Data") {
    if (const auto data = reader.data()) {
      entry.has_data = true;
      entry.data = data->bytes;
      entry.data_size = data->size;
    }
  } else if (name == "PartitionKey") {
    entry.partition_key = reader.text();
  } else if (name == "ExplicitHashKey") {
    entry.explicit_hash_key = reader.text();
  } else {
    return false;
  }
  return true;
}

}  // namespace

std::string_view PutRequest::own(std::string text) {
  return owned_.emplace_back(std::move(text));
}

char* PutRequest::decoded_room(std::size_t size) noexcept {
  char* const start = room_.get() + room_used_;
  room_used_ += size;
  return start;
}

void PutRequest::clear(std::size_t body_size, bool needs_room) {
  stream_name.reset();
  stream_arn.reset();
  sequence_number_for_ordering.reset();
  dry_run = false;
  has_records = false;
  entries.clear();
  owned_.clear();
  room_used_ = 0;
  // Bytes take less room than their base64, so that the body's size is enough for all of them.
  if (needs_room && room_size_ < body_size) {
    room_ = std::make_unique_for_overwrite<char[]>(body_size);
    room_size_ = body_size;
  }
}

template <typename Reader>
void PutRequest::read(Reader& reader, bool several) {
  if (!several) entries.emplace_back();
  reader.map([&](std::string_view name) {
    if (name == "StreamName") {
      stream_name = reader.text();
    } else if (name == "StreamARN") {
      stream_arn = reader.text();
    } else if (name == "DryRun") {
      dry_run = reader.boolean().value_or(false);
    } else if (several && name == "Records") {
      has_records = reader.list([&] {
        if (entries.size() == most_entries_read) throw_unreadable("Too many records to read");
        PutEntry& entry = entries.emplace_back();
        reader.map([&](std::string_view member) {
          if (!read_entry_member(reader, member, entry)) reader.skip();
        });
      });
    } else if (!several && name == "SequenceNumberForOrdering") {
      sequence_number_for_ordering = reader.text();
    } else if (several || !read_entry_member(reader, name, entries.front())) {
      reader.skip();
    }
  });
  reader.finish();
}

void PutRequest::read_put_records(Protocol protocol, std::string_view body, bool decode) {
  clear(body.size(), decode && protocol == Protocol::json);
  if (protocol == Protocol::cbor) {
    CborReader reader{body, *this, decode};
    read(reader, true);
  } else {
    JsonReader reader{body, *this, decode};
    read(reader, true);
  }
}

void PutRequest::read_put_record(Protocol protocol, std::string_view body, bool decode) {
  clear(body.size(), decode && protocol == Protocol::json);
  if (protocol == Protocol::cbor) {
    CborReader reader{body, *this, decode};
    read(reader, false);
  } else {
    JsonReader reader{body, *this, decode};
    read(reader, false);
  }
}

}  // namespace aiokpl::emulator
