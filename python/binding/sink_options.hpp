#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "python.hpp"

namespace aiokpl::python {

/// The options of a sink as Python gives them, by name; None stands for one that was not given. A value of a wrong type
/// is a TypeError that names the option, and shows the value unless that is a secret.
class SinkOptions {
 public:
  explicit SinkOptions(nb::kwargs given) : given_{std::move(given)} {}

  [[nodiscard]] std::optional<std::string> text(const char* name) const { return read_text(name, false); }
  [[nodiscard]] std::optional<std::string> secret(const char* name) const { return read_text(name, true); }
  [[nodiscard]] std::optional<bool> flag(const char* name) const;
  /// Throws a ValueError for one that is out of these bounds.
  [[nodiscard]] std::optional<std::uint64_t> whole(const char* name, std::uint64_t least, std::uint64_t most) const;
  [[nodiscard]] std::optional<double> number(const char* name) const;
  /// A sequence of str.
  [[nodiscard]] std::vector<std::string> texts(const char* name) const;
  /// A mapping of str to str; values are secrets, perhaps.
  [[nodiscard]] std::optional<std::map<std::string, std::string>> pairs(const char* name) const;
  /// The place of the text in `words`.
  [[nodiscard]] std::optional<std::size_t> choice(const char* name,
                                                  std::initializer_list<std::string_view> words) const;

 private:
  [[nodiscard]] std::optional<std::string> read_text(const char* name, bool secret) const;
  /// Null for None, and where nothing was given.
  [[nodiscard]] nb::object find(const char* name) const;

  nb::kwargs given_;
};

}  // namespace aiokpl::python
