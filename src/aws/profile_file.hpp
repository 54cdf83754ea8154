#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The text of the AWS shared files (~/.aws/config, ~/.aws/credentials) taken apart, by the rules of AWS's SDK for
/// Python. No file is opened here.
namespace aiokpl::aws {

/// A file that cannot be understood, or a profile that says something wrong. The words begin with the file and the
/// line, or with the profile, and hold no value that could be a secret.
class ProfileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A text that may be a secret: wiped when it is dropped or replaced.
class SecretText {
 public:
  SecretText() = default;
  explicit SecretText(std::string_view words) : text_{words} {}
  SecretText(const SecretText&) = default;
  SecretText(SecretText&&) noexcept = default;
  // What was held before goes into the parameter, whose destructor wipes it.
  SecretText& operator=(SecretText other) noexcept {
    text_.swap(other.text_);
    return *this;
  }
  ~SecretText();

  /// Appends; a text that has to move to grow wipes its old place.
  void append(std::string_view more);
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
};

/// What stands behind a key: a text, or, when its first line is empty and indented lines follow, keys of its own.
struct ProfileValue {
  /// The lines joined by a line feed.
  SecretText text = {};
  /// Keys as they are written. Of two that are the same the later one counts.
  std::map<std::string, SecretText, std::less<>> nested = {};
  bool is_nested = false;
};

/// Keys are in lower case.
using ProfileSection = std::map<std::string, ProfileValue, std::less<>>;
/// Headers as they stand between the brackets, in the order of the file.
using ProfileSections = std::vector<std::pair<std::string, ProfileSection>>;

/// The sections of a file. Lines end with LF, CRLF or CR; a key ends at the first "=" or ":"; a line that is indented
/// further than its key's goes on with the value; a line whose first character is "#" or ";" is a comment, and a "#"
/// behind a value is part of the value. The keys of a section [DEFAULT] belong to every section that does not set them.
/// Throws ProfileError, with `path` and the line, for what is neither header, key nor continuation, for a header or a
/// key that comes twice, for keys before the first header, and for bytes that are not UTF-8.
[[nodiscard]] ProfileSections parse_profile_file(std::string_view text, const std::string& path);

/// The name in a header of a kind ("profile", "sso-session", "services"): `b` of [profile b], `a b` of [profile "a b"],
/// quoted as a POSIX shell does it. Nothing for a header of another kind, or of another form, which is skipped.
[[nodiscard]] std::optional<std::string> section_name(std::string_view header, std::string_view kind);

}  // namespace aiokpl::aws
