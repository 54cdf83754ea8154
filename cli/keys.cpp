#include "cli/keys.hpp"

#include <charconv>
#include <vector>

#include <nlohmann/json.hpp>

#include "aws/document.hpp"
#include "cli/exit_status.hpp"

namespace aiokpl::cli {
namespace {

std::vector<std::string> split_pointer(std::string_view pointer) {
  std::vector<std::string> steps;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const std::size_t length = std::min(pointer.find('/'), pointer.size());
    std::string step;
    for (std::size_t i = 0; i < length; ++i) {
      const bool escaped = pointer[i] == '~' && i + 1 < length;
      step += escaped ? (pointer[++i] == '1' ? '/' : '~') : pointer[i];
    }
    steps.push_back(std::move(step));
    pointer.remove_prefix(length);
  }
  return steps;
}

/// Walks through the text without building it. `matched_` says how many steps of the pointer lead to where it is.
class FieldFinder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit FieldFinder(std::vector<std::string> steps) : steps_{std::move(steps)} {}

  bool null() override { return value(std::nullopt); }
  bool boolean(bool given) override { return value(given ? "true" : "false"); }
  bool number_integer(number_integer_t given) override { return value(std::to_string(given)); }
  bool number_unsigned(number_unsigned_t given) override { return value(std::to_string(given)); }
  // As it was written; also integers of more than 64 bits come here.
  bool number_float(number_float_t, const string_t& text) override { return value(text); }
  bool string(string_t& text) override { return value(text); }
  bool binary(binary_t&) override { return value(std::nullopt); }
  bool start_object(std::size_t) override { return open(false); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(true); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    levels_.back().step = name;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    broken_ = true;
    return false;
  }

  std::optional<std::string> found;
  [[nodiscard]] bool seen() const noexcept { return seen_; }
  [[nodiscard]] bool broken() const noexcept { return broken_; }

 private:
  struct Level {
    bool array = false;
    std::size_t index = 0;
    std::string step = {};
    /// Whether the way to here is the beginning of the pointer.
    bool on_way = false;
  };

  // The element that comes now.
  [[nodiscard]] bool leads_on() const {
    if (levels_.empty()) return true;
    const Level& level = levels_.back();
    if (!level.on_way || levels_.size() > steps_.size()) return false;
    const std::string& wanted = steps_[levels_.size() - 1];
    return level.array ? wanted == std::to_string(level.index) : wanted == level.step;
  }
  [[nodiscard]] bool is_target() const { return levels_.size() == steps_.size() && leads_on(); }
  void passed() {
    if (!levels_.empty() && levels_.back().array) ++levels_.back().index;
  }
  bool value(std::optional<std::string> text) {
    if (is_target()) {
      found = std::move(text);
      seen_ = true;
    }
    passed();
    return true;
  }
  bool open(bool array) {
    if (is_target()) seen_ = true;
    const bool on_way = leads_on();
    levels_.push_back({.array = array, .on_way = on_way});
    return true;
  }
  bool close() {
    levels_.pop_back();
    passed();
    return true;
  }

  std::vector<std::string> steps_;
  std::vector<Level> levels_;
  bool seen_ = false;
  bool broken_ = false;
};

std::optional<std::string_view> from_field(const std::string& pointer, std::string_view bytes, InputBatch& batch,
                                           std::string& problem) {
  auto text = field_of_json(bytes, pointer, problem);
  if (!text) return std::nullopt;
  return batch.keep(*std::move(text));
}

}  // namespace

std::optional<std::string> field_of_json(std::string_view json, std::string_view pointer, std::string& problem) {
  FieldFinder finder{split_pointer(pointer)};
  // The whole text is read even after the field: half a record should not pass for a record.
  nlohmann::json::sax_parse(json, &finder);
  if (finder.broken() || aws::ends_early(json)) {
    problem = "the record is no JSON, so it has no field " + std::string{pointer};
    return std::nullopt;
  }
  if (!finder.found) {
    problem = finder.seen() ? "the field " + std::string{pointer} + " is neither text nor a number"
                            : "the record has no field " + std::string{pointer};
  }
  return finder.found;
}

void check_pointer(std::string_view flag, std::string_view pointer) {
  const bool starts = pointer.empty() || pointer.front() == '/';
  bool escapes = true;
  for (std::size_t i = pointer.find('~'); i != std::string_view::npos; i = pointer.find('~', i + 1)) {
    escapes = escapes && i + 1 < pointer.size() && (pointer[i + 1] == '0' || pointer[i + 1] == '1');
  }
  if (starts && escapes) return;
  throw CommandError{ExitStatus::usage, std::string{flag} + ": '" + std::string{pointer} +
                                            "' is no JSON pointer; one looks like /user/id"};
}

bool apply_keys(const KeyRules& rules, std::string_view bytes, InputBatch& batch, InputRecord& record,
                std::string& problem) {
  record.data = bytes;
  if (rules.delimiter) {
    const std::size_t place = bytes.find(*rules.delimiter);
    if (place != std::string_view::npos) {
      record.partition_key = bytes.substr(0, place);
      record.data = bytes.substr(place + rules.delimiter->size());
    }
  }
  if (rules.partition_key && !record.partition_key) record.partition_key = *rules.partition_key;
  if (rules.partition_key_field) {
    record.partition_key = from_field(*rules.partition_key_field, record.data, batch, problem);
    if (!record.partition_key) return false;
  }
  if (rules.explicit_hash_key) record.explicit_hash_key = *rules.explicit_hash_key;
  if (rules.explicit_hash_key_field) {
    record.explicit_hash_key = from_field(*rules.explicit_hash_key_field, record.data, batch, problem);
    if (!record.explicit_hash_key) return false;
  }
  return true;
}

}  // namespace aiokpl::cli
