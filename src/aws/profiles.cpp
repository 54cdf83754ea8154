#include "aws/profiles.hpp"

#include <array>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <openssl/crypto.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace aiokpl::aws {
namespace {

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// $NAME and ${NAME}; what is not set stays as it stands.
std::string expand_variables(std::string_view path, const Environment& environment) {
  std::string result;
  while (!path.empty()) {
    if (path.front() == '$') {
      const bool braced = path.starts_with("${");
      std::size_t end = braced ? 2 : 1;
      while (end < path.size() && is_name_character(path[end]))
        ++end;
      const std::string name{path.substr(braced ? 2 : 1, end - (braced ? 2 : 1))};
      const bool whole = !name.empty() && (!braced || path.substr(end).starts_with('}'));
      if (const auto value = whole ? environment(name.c_str()) : std::nullopt) {
        result += *value;
        path.remove_prefix(end + (braced ? 1 : 0));
        continue;
      }
    }
    result += path.front();
    path.remove_prefix(1);
  }
  return result;
}

std::optional<std::string> home(const Environment& environment) {
  if (auto value = environment("HOME")) return value;
  std::vector<char> buffer(16'384);
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(getuid(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) return std::nullopt;
  return std::string{found->pw_dir};
}

std::string expand(std::string_view path, const Environment& environment) {
  std::string result = expand_variables(path, environment);
  if (result == "~" || result.starts_with("~/")) {
    std::string directory = home(environment).value_or("~");
    while (directory.size() > 1 && directory.ends_with('/'))
      directory.pop_back();
    result.replace(0, 1, directory == "/" && result.size() > 1 ? "" : directory);
  }
  return result;
}

struct Descriptor {
  int number;
  explicit Descriptor(int opened) noexcept : number{opened} {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number >= 0) close(number);
  }
};

std::string because(const std::string& path, int error) {
  return path + " cannot be read: " + std::generic_category().message(error);
}

/// Empty where there is no regular file; `problem` says why one could not be read.
SecretText read_file(const std::string& path, std::string& problem) {
  struct stat status{};
  // Not opened unless it is a regular file: a pipe would wait for its other end.
  if (stat(path.c_str(), &status) != 0) {
    if (errno != ENOENT && errno != ENOTDIR) problem = because(path, errno);
    return {};
  }
  if (!S_ISREG(status.st_mode)) return {};
  const Descriptor file{open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.number < 0) {
    problem = because(path, errno);
    return {};
  }
  SecretText text;
  std::array<char, 4096> part{};
  while (true) {
    const ssize_t got = read(file.number, part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) problem = because(path, errno);
    if (got <= 0) break;
    text.append({part.data(), static_cast<std::size_t>(got)});
  }
  OPENSSL_cleanse(part.data(), part.size());
  return problem.empty() ? text : SecretText{};
}

const ProfileSection* find_section(const std::map<std::string, ProfileSection, std::less<>>& sections,
                                   std::string_view name) {
  const auto found = sections.find(name);
  return found == sections.end() ? nullptr : &found->second;
}

const ProfileValue* find_key(const ProfileSection* section, std::string_view key) {
  if (section == nullptr) return nullptr;
  const auto found = section->find(key);
  return found == section->end() ? nullptr : &found->second;
}

}  // namespace

ProfileChoice choose_profile(const std::optional<std::string>& configured, const Environment& environment) {
  if (configured && !configured->empty()) return {*configured, "profile"};
  for (const char* name : {"AWS_DEFAULT_PROFILE", "AWS_PROFILE"}) {
    auto value = environment(name);
    if (value && !value->empty()) return {*std::move(value), name};
  }
  return {};
}

std::string config_file_path(const Environment& environment) {
  return expand(environment("AWS_CONFIG_FILE").value_or("~/.aws/config"), environment);
}

std::string credentials_file_path(const Environment& environment) {
  return expand(environment("AWS_SHARED_CREDENTIALS_FILE").value_or("~/.aws/credentials"), environment);
}

Profiles Profiles::read(const Environment& environment) {
  std::string config_path = config_file_path(environment);
  std::string credentials_path = credentials_file_path(environment);
  std::string config_problem;
  std::string credentials_problem;
  const SecretText config = read_file(config_path, config_problem);
  const SecretText credentials = read_file(credentials_path, credentials_problem);
  Profiles profiles = parse(config.text(), credentials.text(), std::move(config_path), std::move(credentials_path));
  profiles.unread_ = std::move(config_problem);
  if (!profiles.unread_.empty() && !credentials_problem.empty()) profiles.unread_ += "; ";
  profiles.unread_ += credentials_problem;
  return profiles;
}

Profiles Profiles::parse(std::string_view config, std::string_view credentials, std::string config_path,
                         std::string credentials_path) {
  Profiles profiles;
  profiles.config_path_ = std::move(config_path);
  profiles.credentials_path_ = std::move(credentials_path);
  profiles.take_config(parse_profile_file(config, profiles.config_path_));
  // Here a header is a profile's name as it stands, quotes and all.
  for (auto& [header, section] : parse_profile_file(credentials, profiles.credentials_path_)) {
    profiles.credentials_.insert_or_assign(header, std::move(section));
  }
  return profiles;
}

/// [profile a] and [profile "a"] are two headers of one profile, as are [default] and [profile default]: the later
/// wins.
void Profiles::take_config(ProfileSections sections) {
  for (auto& [header, section] : sections) {
    if (header == "default") {
      config_.insert_or_assign(header, std::move(section));
    } else if (auto profile = section_name(header, "profile")) {
      config_.insert_or_assign(*std::move(profile), std::move(section));
    } else if (auto session = section_name(header, "sso-session")) {
      sso_sessions_.insert_or_assign(*std::move(session), std::move(section));
    } else if (auto services = section_name(header, "services")) {
      services_.insert_or_assign(*std::move(services), std::move(section));
    }
  }
}

bool Profiles::contains(std::string_view profile) const {
  return config_.contains(profile) || credentials_.contains(profile);
}

void Profiles::require(const ProfileChoice& choice) const {
  if (choice.setting.empty() || contains(choice.name)) return;
  std::string words =
      choice.setting + ": there is no profile \"" + choice.name + "\" in " + config_path_ + " and " + credentials_path_;
  if (!unread_.empty()) words += " (" + unread_ + ")";
  throw ProfileError{words};
}

const ProfileValue* Profiles::find(std::string_view profile, std::string_view key) const {
  const ProfileValue* value = find_key(in_credentials(profile), key);
  return value != nullptr ? value : find_key(in_config(profile), key);
}

const ProfileSection* Profiles::in_config(std::string_view profile) const {
  return find_section(config_, profile);
}

const ProfileSection* Profiles::in_credentials(std::string_view profile) const {
  return find_section(credentials_, profile);
}

const ProfileSection* Profiles::sso_session(std::string_view name) const {
  return find_section(sso_sessions_, name);
}

const ProfileSection* Profiles::services(std::string_view name) const {
  return find_section(services_, name);
}

}  // namespace aiokpl::aws
