#include "emulator/validation.hpp"

#include <algorithm>
#include <cstdint>

#include "codec/utf8.hpp"
#include "emulator/api_error.hpp"

namespace aiokpl::emulator {
namespace {

// The service names ten violations at most.
constexpr std::size_t most_listed = 10;

}  // namespace

bool is_decimal(std::string_view text, std::size_t most) noexcept {
  if (text.empty() || text.size() > most) return false;
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) return false;
  return text.front() != '0' || text.size() == 1;
}

bool is_name(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '-';
  });
}

void Violations::add(std::optional<std::string_view> value, std::string_view path, std::string_view constraint) {
  if (++count_ > most_listed) return;
  if (!list_.empty()) list_ += "; ";
  list_ += "Value ";
  if (value) {
    list_ += '\'';
    list_ += *value;
    list_ += "' ";
  } else {
    list_ += "null ";
  }
  list_ += "at '";
  list_ += path;
  list_ += "' failed to satisfy constraint: ";
  list_ += constraint;
}

void Violations::add_null(std::string_view path) {
  add(std::nullopt, path, "Member must not be null");
}

void Violations::add_unquoted(std::string_view path, std::string_view constraint) {
  if (++count_ > most_listed) return;
  if (!list_.empty()) list_ += "; ";
  list_ += "Value at '";
  list_ += path;
  list_ += "' failed to satisfy constraint: ";
  list_ += constraint;
}

void Violations::length(std::string_view value, std::string_view path, std::size_t least, std::size_t most) {
  const std::size_t characters = codec::count_code_points(value);
  if (characters < least) {
    add(value, path, "Member must have length greater than or equal to " + std::to_string(least));
  } else if (characters > most) {
    add(value, path, "Member must have length less than or equal to " + std::to_string(most));
  }
}

void Violations::range(std::int64_t value, std::string_view path, std::int64_t least, std::int64_t most) {
  if (value < least) {
    add(std::to_string(value), path, "Member must have value greater than or equal to " + std::to_string(least));
  } else if (value > most) {
    add(std::to_string(value), path, "Member must have value less than or equal to " + std::to_string(most));
  }
}

void Violations::stream_name(std::string_view value, std::string_view path) {
  if (is_name(value)) return;
  if (value.empty() || value.size() > 128) {
    length(value, path, 1, 128);
  } else {
    add(value, path, "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+");
  }
}

void Violations::shard_id(std::string_view value, std::string_view path) {
  stream_name(value, path);
}

void Violations::hash_key(std::string_view value, std::string_view path) {
  if (is_decimal(value, 39)) return;
  add(value, path, "Member must satisfy regular expression pattern: 0|([1-9]\\d{0,38})");
}

void Violations::sequence_number(std::string_view value, std::string_view path) {
  if (is_decimal(value, 129)) return;
  add(value, path, "Member must satisfy regular expression pattern: 0|([1-9]\\d{0,128})");
}

void Violations::check() const {
  if (empty()) return;
  throw ApiError{"ValidationException",
                 std::to_string(count_) +
                     (count_ == 1 ? " validation error detected: " : " validation errors detected: ") + list_};
}

}  // namespace aiokpl::emulator
