#include "aws/credentials_reader.hpp"

#include <array>
#include <chrono>
#include <utility>

#include <nlohmann/json.hpp>

#include "aws/document.hpp"
#include "aws/secrets.hpp"
#include "aws/timestamps.hpp"
#include "aws/xml_reader.hpp"

namespace aiokpl::aws {
namespace {

struct Names {
  const char* key_id;
  const char* secret;
  const char* token;
  const char* expiration;
  bool all_needed;
};

constexpr Names agent_names{"AccessKeyId", "SecretAccessKey", "Token", "Expiration", true};
constexpr Names process_names{"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration", false};
constexpr Names portal_names{"accessKeyId", "secretAccessKey", "sessionToken", "expiration", true};
constexpr Names sts_names{"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration", true};

CredentialsReading refuse(std::string problem) {
  return {.problem = std::move(problem)};
}

/// Puts credentials together from members, and keeps the first thing that is wrong.
class Assembly {
 public:
  explicit Assembly(const Names& names) : names_{names} {}

  void key_id(std::string_view value) { take(names_.key_id, value, true, credentials_.access_key_id); }
  void secret(std::string_view value) { take(names_.secret, value, true, credentials_.secret_access_key); }
  void token(std::string_view value) { take(names_.token, value, names_.all_needed, credentials_.session_token); }

  void expiration(std::string_view value) {
    if (value.empty()) {
      if (names_.all_needed) complain(names_.expiration, "is missing");
      return;
    }
    credentials_.expires = read_timestamp(value);
    if (!credentials_.expires) complain(names_.expiration, "is no time such as 2026-01-02T03:04:05Z");
  }

  void expiration(std::chrono::system_clock::time_point time) { credentials_.expires = time; }

  void complain(std::string_view member, std::string_view what) {
    if (problem_.empty()) problem_.append(member).append(" ").append(what);
  }

  [[nodiscard]] CredentialsReading result() const {
    if (!problem_.empty()) return refuse(problem_);
    return {.credentials = credentials_};
  }

 private:
  void take(std::string_view name, std::string_view value, bool needed, std::string& place) {
    if (value.empty()) {
      if (needed) complain(name, "is missing");
    } else if (!fits_a_header(value)) {
      complain(name, "holds what cannot be sent in a header");
    } else {
      place = value;
    }
  }

  const Names& names_;
  Credentials credentials_;
  std::string problem_;
};

/// A member that is absent or null is as one that is empty; one of another type is reported.
std::string_view text_of(const nlohmann::json& object, const char* name, Assembly& assembly) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return {};
  if (!found->is_string()) {
    assembly.complain(name, "is no string");
    return {};
  }
  return found->get_ref<const std::string&>();
}

CredentialsReading assemble(const nlohmann::json& object, const Names& names, bool time_is_a_number) {
  Assembly assembly{names};
  assembly.key_id(text_of(object, names.key_id, assembly));
  assembly.secret(text_of(object, names.secret, assembly));
  assembly.token(text_of(object, names.token, assembly));
  if (!time_is_a_number) {
    assembly.expiration(text_of(object, names.expiration, assembly));
  } else if (const auto time = object.find(names.expiration); time != object.end() && time->is_number()) {
    assembly.expiration(from_milliseconds(time->get<double>()));
  } else {
    assembly.complain(names.expiration, "is no number of milliseconds");
  }
  return assembly.result();
}

ServiceWords words_in(const nlohmann::json& object) {
  ServiceWords words;
  const auto first_of = [&object](const std::array<const char*, 3>& names) {
    for (const char* name : names) {
      const auto found = object.find(name);
      if (found != object.end() && found->is_string()) return found->get<std::string>();
    }
    return std::string{};
  };
  words.code = first_of({"Code", "code", "__type"});
  words.message = first_of({"Message", "message", "error"});
  return words;
}

CredentialsReading read_agent(const nlohmann::json& document) {
  const ServiceWords words = words_in(document);
  // Metadata answers 200 with an error inside.
  if (!words.code.empty() && words.code != "Success") {
    return refuse(quotable(words.code + (words.message.empty() ? "" : ": " + words.message)));
  }
  return assemble(document, agent_names, false);
}

CredentialsReading read_process(const nlohmann::json& document) {
  const auto version = document.find("Version");
  if (version == document.end()) return refuse("Version is missing");
  if (!version->is_number_integer() || *version != 1) return refuse("Version is not 1");
  return assemble(document, process_names, false);
}

CredentialsReading read_portal(const nlohmann::json& document) {
  const auto role = document.find("roleCredentials");
  if (role == document.end() || !role->is_object()) return refuse("roleCredentials is missing");
  return assemble(*role, portal_names, true);
}

CredentialsReading read_sts(std::string_view text) {
  const std::optional<XmlTexts> document = read_xml(text);
  if (!document) return refuse("it is no XML");
  Assembly assembly{sts_names};
  assembly.key_id(document->find("Credentials/AccessKeyId"));
  assembly.secret(document->find("Credentials/SecretAccessKey"));
  assembly.token(document->find("Credentials/SessionToken"));
  assembly.expiration(document->find("Credentials/Expiration"));
  return assembly.result();
}

}  // namespace

CredentialsReading read_credentials(std::string_view text, CredentialsForm form) {
  if (form == CredentialsForm::sts) return read_sts(text);
  std::optional<nlohmann::json> document = read_document(text, WireProtocol::json);
  if (!document) return refuse("it is no JSON");
  const WipeAtEnd wiped{*document};
  if (!document->is_object()) return refuse("it is no JSON object");
  if (form == CredentialsForm::process) return read_process(*document);
  if (form == CredentialsForm::portal) return read_portal(*document);
  return read_agent(*document);
}

ServiceWords read_error_words(std::string_view text) {
  if (const auto document = read_document(text, WireProtocol::json)) {
    return document->is_object() ? words_in(*document) : ServiceWords{};
  }
  if (const auto document = read_xml(text)) {
    return {.code = std::string{document->find("Code")}, .message = std::string{document->find("Message")}};
  }
  return {};
}

}  // namespace aiokpl::aws
