#include "cli/ndjson.hpp"

#include <nlohmann/json.hpp>

#include "aws/document.hpp"
#include "codec/base64.hpp"
#include "codec/json_writer.hpp"
#include "codec/utf8.hpp"

namespace aiokpl::cli {
namespace {

using Json = nlohmann::json;

void append_name(std::string& out, std::string_view name) {
  if (out.back() != '{') out += ',';
  out.append("\"").append(name).append("\":");
}

void append_text(std::string& out, std::string_view name, std::string_view text) {
  append_name(out, name);
  append_json_string(out, text);
}

// Text as it is, other bytes in base64 under the other name.
void append_bytes(std::string& out, std::string_view name, std::string_view bytes) {
  if (codec::valid_utf8(bytes)) return append_text(out, name, bytes);
  append_name(out, std::string{name} + "_base64");
  out += '"';
  codec::append_base64(bytes, out);
  out += '"';
}

void append_number(std::string& out, std::string_view name, std::uint64_t number) {
  append_name(out, name);
  out += std::to_string(number);
}

void append_record(std::string& out, const InputRecord& record) {
  if (record.partition_key) append_bytes(out, "partition_key", *record.partition_key);
  if (record.explicit_hash_key) append_bytes(out, "explicit_hash_key", *record.explicit_hash_key);
  append_bytes(out, "data", record.data);
  if (record.tags.empty()) return;
  append_name(out, "tags");
  out += '[';
  for (const Tag& tag : record.tags) {
    if (out.back() != '[') out += ',';
    out += '{';
    append_bytes(out, "key", tag.key);
    if (tag.value) append_bytes(out, "value", *tag.value);
    out += '}';
  }
  out += ']';
}

void append_failure(std::string& out, const Failure& failure) {
  append_name(out, "error");
  out += '{';
  append_text(out, "code", failure.code);
  append_text(out, "message", failure.message);
  if (failure.attempts > 0) append_number(out, "attempts", failure.attempts);
  out += '}';
}

/// The bytes of a field, from its text or its base64 form. False for anything else than one of them, or none.
bool read_bytes(const Json& object, const char* name, std::optional<std::string>& bytes, std::string& problem) {
  const std::string base64_name = std::string{name} + "_base64";
  const auto text = object.find(name);
  const auto base64 = object.find(base64_name);
  const bool has_text = text != object.end() && !text->is_null();
  const bool has_base64 = base64 != object.end() && !base64->is_null();
  if (has_text && has_base64) {
    problem = std::string{name} + " and " + base64_name + " exclude each other";
    return false;
  }
  if (has_text && !text->is_string()) {
    problem = std::string{name} + " must be text";
    return false;
  }
  if (has_text) bytes = text->get_ref<const std::string&>();
  if (!has_base64) return true;
  if (base64->is_string()) bytes = codec::from_base64(base64->get_ref<const std::string&>());
  if (!bytes) problem = base64_name + " must be base64";
  return bytes.has_value();
}

bool read_tags(const Json& object, InputBatch& batch, InputRecord& record, std::string& problem) {
  const auto tags = object.find("tags");
  if (tags == object.end() || tags->is_null()) return true;
  problem = R"(tags must be a list such as [{"key":"source","value":"web"}])";
  if (!tags->is_array()) return false;
  std::vector<Tag>& list = batch.tags.emplace_back();
  for (const Json& given : *tags) {
    std::optional<std::string> key;
    std::optional<std::string> value;
    if (!given.is_object() || !read_bytes(given, "key", key, problem) || !read_bytes(given, "value", value, problem)) {
      return false;
    }
    if (!key) return false;
    Tag& tag = list.emplace_back(Tag{.key = batch.keep(*std::move(key))});
    if (value) tag.value = batch.keep(*std::move(value));
  }
  problem.clear();
  record.tags = list;
  return true;
}

std::optional<std::string_view> kept(InputBatch& batch, std::optional<std::string> text) {
  if (!text) return std::nullopt;
  return batch.keep(*std::move(text));
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  // Nothing but UTF-8 may stand in JSON; what comes from outside (a service's message) is put right here.
  if (!codec::valid_utf8(text)) {
    out += Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
    return;
  }
  const std::size_t before = out.size();
  out.resize(before + text.size() * codec::json::max_growth + 2);
  const char* const end = codec::json::write_string(out.data() + before, text);
  out.resize(static_cast<std::size_t>(end - out.data()));
}

void append_found(std::string& out, const InputRecord& record, const Found& found) {
  out += '{';
  append_record(out, record);
  append_text(out, "shard_id", found.shard_id);
  append_text(out, "sequence_number", found.sequence_number);
  if (found.subsequence_number) append_number(out, "subsequence_number", *found.subsequence_number);
  if (found.arrival) append_text(out, "approximate_arrival_timestamp", to_rfc3339(*found.arrival));
  out += "}\n";
}

void append_failed(std::string& out, const InputRecord& record, const Failure& failure) {
  out += '{';
  append_record(out, record);
  append_failure(out, failure);
  out += "}\n";
}

void append_unreadable(std::string& out, std::string_view bytes, const Failure& failure) {
  out += '{';
  append_bytes(out, "unreadable", bytes);
  append_failure(out, failure);
  out += "}\n";
}

bool read_ndjson(std::string_view line, InputBatch& batch, InputRecord& record, std::string& problem) {
  const Json object = Json::parse(line, nullptr, false);
  if (object.is_discarded() || aws::ends_early(line)) {
    problem = "is no JSON";
    return false;
  }
  if (!object.is_object()) {
    problem = R"(must be an object such as {"partition_key":"user-1","data":"hello"})";
    return false;
  }
  std::optional<std::string> key;
  std::optional<std::string> hash_key;
  std::optional<std::string> data;
  if (!read_bytes(object, "partition_key", key, problem) || !read_bytes(object, "data", data, problem) ||
      !read_bytes(object, "explicit_hash_key", hash_key, problem) || !read_tags(object, batch, record, problem)) {
    return false;
  }
  if (!data) {
    problem = "has neither data nor data_base64";
    return false;
  }
  record.partition_key = kept(batch, std::move(key));
  record.explicit_hash_key = kept(batch, std::move(hash_key));
  record.data = batch.keep(*std::move(data));
  return true;
}

std::optional<std::string> read_unreadable(std::string_view line) {
  const Json object = Json::parse(line, nullptr, false);
  std::optional<std::string> bytes;
  std::string problem;
  const bool whole = object.is_object() && !aws::ends_early(line);
  if (!whole || !read_bytes(object, "unreadable", bytes, problem)) return std::nullopt;
  return bytes;
}

}  // namespace aiokpl::cli
