#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aiokpl::emulator {

/// Collects what is wrong with a request and refuses it once, naming everything, as the service does.
class Violations {
 public:
  /// `value` is absent where the member is, and where the service does not repeat it (data).
  void add(std::optional<std::string_view> value, std::string_view path, std::string_view constraint);
  void add_null(std::string_view path);
  void add_unquoted(std::string_view path, std::string_view constraint);

  void length(std::string_view value, std::string_view path, std::size_t least, std::size_t most);
  void range(std::int64_t value, std::string_view path, std::int64_t least, std::int64_t most);
  void stream_name(std::string_view value, std::string_view path);
  void shard_id(std::string_view value, std::string_view path);
  /// The pattern of hash keys; whether the number is below 2^128 is another error.
  void hash_key(std::string_view value, std::string_view path);
  void sequence_number(std::string_view value, std::string_view path);

  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  /// Throws ValidationException when something was added.
  void check() const;

 private:
  std::size_t count_ = 0;
  std::string list_;
};

/// `0` or a digit other than 0 followed by at most `most - 1` digits.
[[nodiscard]] bool is_decimal(std::string_view text, std::size_t most) noexcept;
[[nodiscard]] bool is_name(std::string_view text) noexcept;

}  // namespace aiokpl::emulator
