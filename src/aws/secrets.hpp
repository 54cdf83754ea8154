#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

/// Strings that hold secrets: how they are dropped, and how words of others are shown without them.
namespace aiokpl::aws {

/// Overwrites the text, and what a longer one left behind it, and empties it.
void wipe(std::string& secret) noexcept;
/// Every string in the document.
void wipe(nlohmann::json& document) noexcept;

/// Wipes a text or a document of the caller's at the end of the scope.
template <typename Held>
class WipeAtEnd {
 public:
  explicit WipeAtEnd(Held& held) noexcept : held_{held} {}
  WipeAtEnd(const WipeAtEnd&) = delete;
  WipeAtEnd& operator=(const WipeAtEnd&) = delete;
  ~WipeAtEnd() { wipe(held_); }

 private:
  Held& held_;
};

/// Puts `by` where a secret stands in a text; nothing for an empty secret.
void hide(std::string& text, std::string_view secret, std::string_view by);

/// Words of a service as they may stand in a message of ours: in one line, no longer than 300 bytes, UTF-8, and without
/// what was sent in confidence, should the service repeat it.
[[nodiscard]] std::string quotable(std::string_view words, std::initializer_list<std::string_view> secrets = {});

/// Whether it may stand in a header as it is: printable ASCII without blanks, and not nothing. A line feed in a token
/// would be a header of its own.
[[nodiscard]] bool fits_a_header(std::string_view value) noexcept;

}  // namespace aiokpl::aws
