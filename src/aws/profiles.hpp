#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "aws/environment.hpp"
#include "aws/profile_file.hpp"

namespace aiokpl::aws {

/// Which profile is meant, and who says so.
struct ProfileChoice {
  std::string name = "default";
  /// The setting that names it: `profile`, AWS_DEFAULT_PROFILE or AWS_PROFILE; empty when nothing does. A profile that
  /// is named has to exist.
  std::string setting = {};

  /// By the program and not by the environment: then keys and roles of the environment are not looked at.
  [[nodiscard]] bool by_program() const noexcept { return setting == "profile"; }
};

/// The first of: what the configuration says, AWS_DEFAULT_PROFILE, AWS_PROFILE, "default". That is the order of AWS's
/// SDKs for Python and C++, for a machine on which both variables are set.
[[nodiscard]] ProfileChoice choose_profile(const std::optional<std::string>& configured,
                                           const Environment& environment);

/// What the shared config file and the shared credentials file say together. A copy of the files' state at one moment;
/// reading it from several threads is fine.
class Profiles {
 public:
  /// The files of AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE, else ~/.aws/config and ~/.aws/credentials; "~" is
  /// HOME, or else the user's home by the system's list of users, and $NAME and ${NAME} are expanded. A file that is
  /// not there, is no regular file or cannot be read counts as empty (`unread` tells of the latter). Throws
  /// ProfileError for a file that cannot be understood.
  [[nodiscard]] static Profiles read(const Environment& environment);
  /// The same from texts; the paths are for messages.
  [[nodiscard]] static Profiles parse(std::string_view config, std::string_view credentials,
                                      std::string config_path = "config", std::string credentials_path = "credentials");

  /// In either file. Throws ProfileError for a profile that is named (`setting`) and in neither.
  [[nodiscard]] bool contains(std::string_view profile) const;
  void require(const ProfileChoice& choice) const;

  /// A key of a profile; the credentials file wins. Nothing where neither has it.
  [[nodiscard]] const ProfileValue* find(std::string_view profile, std::string_view key) const;
  /// A profile as one of the files has it; nothing where that file has none of this name.
  [[nodiscard]] const ProfileSection* in_config(std::string_view profile) const;
  [[nodiscard]] const ProfileSection* in_credentials(std::string_view profile) const;
  /// [sso-session name] and [services name] of the config file.
  [[nodiscard]] const ProfileSection* sso_session(std::string_view name) const;
  [[nodiscard]] const ProfileSection* services(std::string_view name) const;

  [[nodiscard]] const std::string& config_path() const noexcept { return config_path_; }
  [[nodiscard]] const std::string& credentials_path() const noexcept { return credentials_path_; }
  /// Which file exists and could not be read, and why, in words; empty when there is none.
  [[nodiscard]] const std::string& unread() const noexcept { return unread_; }

 private:
  using Sections = std::map<std::string, ProfileSection, std::less<>>;

  void take_config(ProfileSections sections);

  std::string config_path_;
  std::string credentials_path_;
  std::string unread_;
  Sections config_;
  Sections credentials_;
  Sections sso_sessions_;
  Sections services_;
};

/// Where the files are, with "~" and variables expanded.
[[nodiscard]] std::string config_file_path(const Environment& environment);
[[nodiscard]] std::string credentials_file_path(const Environment& environment);

}  // namespace aiokpl::aws
