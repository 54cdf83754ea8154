// The soak of credentials: producers side by side, each with another way to get them, whose credentials live for
// seconds, against a local Kinesis that refuses those that have expired. The services that give them are busy, cut
// answers off, are away for longer than credentials live, and take back what they gave. Nothing may be lost.
//
// Usage: aiokpl_credentials_soak [--credentials imds,container,sts,role,sso] [--seconds N] [--lifetime SECONDS]
//                                [--rate RECORDS_PER_SECOND_OF_EACH] [--out FOLDER]
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <aiokpl/emulator.hpp>

#include "aws/timestamps.hpp"
#include "integration/child.hpp"
#include "integration/consumer.hpp"
#include "integration/credential_services.hpp"
#include "soak/credentials_load.hpp"

namespace {

using namespace std::chrono_literals;
using aiokpl::emulator::LocalKinesis;
using aiokpl::testing::Child;
using aiokpl::testing::CredentialServices;
using aiokpl::testing::Mint;
using Json = nlohmann::ordered_json;
using std::chrono::steady_clock;

const std::vector<std::string> all_sources{"imds", "container", "sts", "role", "sso"};

struct Settings {
  std::vector<std::string> sources = all_sources;
  double seconds = 600;
  double lifetime = 3;
  std::string rate = "200";
  std::string folder = std::filesystem::temp_directory_path() / ("aiokpl-soak-" + std::to_string(getpid()));
};

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> words;
  std::istringstream in{text};
  for (std::string word; std::getline(in, word, ',');) {
    if (std::ranges::find(all_sources, word) == all_sources.end()) {
      throw std::invalid_argument{"--credentials takes some of imds,container,sts,role,sso, got '" + word + "'"};
    }
    words.push_back(word);
  }
  return words;
}

Settings parse(int argc, char** argv) {
  Settings settings;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view flag{argv[i]};
    if (i + 1 == argc) throw std::invalid_argument{std::string{flag} + " takes a value"};
    const std::string value{argv[i + 1]};
    if (flag == "--credentials") {
      settings.sources = split(value);
    } else if (flag == "--seconds") {
      settings.seconds = std::stod(value);
    } else if (flag == "--lifetime") {
      settings.lifetime = std::stod(value);
    } else if (flag == "--rate") {
      settings.rate = value;
    } else if (flag == "--out") {
      settings.folder = value;
    } else {
      throw std::invalid_argument{"no such flag: " + std::string{flag}};
    }
  }
  return settings;
}

/// What a key's bearer is called by the services.
std::string service_of(const std::string& source) {
  return source == "sts" ? "identity" : source;
}

void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream out{file};
  if (!(out << text).flush()) throw std::runtime_error{"cannot write " + file.string()};
}

/// A home, and the variables that make a process get its credentials in one way. A profile is named in each: for an
/// endpoint on this machine nobody would be asked otherwise.
std::vector<std::string> environment_of(const std::string& source, const std::string& services,
                                        const std::filesystem::path& home) {
  std::filesystem::create_directories(home / ".aws/sso/cache");
  std::string profile = "[profile soak]\n";
  std::vector<std::string> variables{"HOME=" + home.string(),
                                     "AWS_PROFILE=soak",
                                     "AWS_CONFIG_FILE=" + (home / "config").string(),
                                     "AWS_SHARED_CREDENTIALS_FILE=/dev/null",
                                     "AWS_ENDPOINT_URL_STS=" + services,
                                     "AWS_ENDPOINT_URL_SSO=" + services,
                                     "AWS_ENDPOINT_URL_SSO_OIDC=" + services};
  if (source == "imds") {
    variables.push_back("AWS_EC2_METADATA_SERVICE_ENDPOINT=" + services);
  } else {
    variables.emplace_back("AWS_EC2_METADATA_DISABLED=true");
  }
  if (source == "container") {
    variables.push_back("AWS_CONTAINER_CREDENTIALS_FULL_URI=" + services + "/container");
    variables.emplace_back("AWS_CONTAINER_AUTHORIZATION_TOKEN=agent-token");
  } else if (source == "sts") {
    write(home / "token", "jwt\n");
    profile +=
        "role_arn = arn:aws:iam::123456789012:role/r\nweb_identity_token_file = " + (home / "token").string() + "\n";
  } else if (source == "role") {
    profile +=
        "role_arn = arn:aws:iam::123456789012:role/r\nsource_profile = base\n"
        "[profile base]\naws_access_key_id = BASE\naws_secret_access_key = base-secret\n";
  } else if (source == "sso") {
    profile +=
        "sso_session = session\nsso_account_id = 1\nsso_role_name = r\n"
        "[sso-session session]\nsso_start_url = https://start.example\nsso_region = us-east-1\n";
    // The SHA-1 of "session".
    write(
        home / ".aws/sso/cache/fcbdc4c271c889825d8338d2d8f10b6e5e95c171.json",
        R"({"accessToken":"sso-token","expiresAt":")" +
            aiokpl::aws::write_timestamp(std::chrono::system_clock::now() + 5s) +
            R"(","clientId":"client",)"
            R"("clientSecret":"client-secret","registrationExpiresAt":"2199-01-01T00:00:00Z","refreshToken":"refresh-0"})");
  }
  write(home / "config", profile);
  return variables;
}

/// What Kinesis saw of the keys.
class Gate {
 public:
  explicit Gate(const Mint& mint) : mint_{mint} {}

  [[nodiscard]] std::optional<aiokpl::emulator::AcceptedKey> admit(std::string_view id) {
    const auto coin = mint_.find(id);
    if (!coin) return std::nullopt;
    const std::string source{id.substr(0, id.find_first_of("0123456789"))};
    const std::lock_guard lock{mutex_};
    if (coin->expires <= Mint::Clock::now()) {
      ++expired_[source];
    } else {
      used_[source].emplace(id);
    }
    return aiokpl::emulator::AcceptedKey{coin->secret, coin->token, coin->expires};
  }
  // These when nobody asks any more.
  [[nodiscard]] std::size_t used(const std::string& source) { return used_[source].size(); }
  [[nodiscard]] int expired(const std::string& source) { return expired_[source]; }

 private:
  const Mint& mint_;
  std::mutex mutex_;
  std::map<std::string, std::set<std::string>> used_;
  std::map<std::string, int> expired_;
};

/// Cycles of good and bad times, each fault longer than credentials live.
void go_through(const Settings& settings, Mint& mint) {
  const double cycle = std::min(settings.seconds, std::max(10 * settings.lifetime, 8.0));
  struct Turn {
    double at;
    std::function<void()> act;
  };
  const std::vector<Turn> turns{{0.0, [&] { mint.set(Mint::Weather::calm); }},
                                {0.35, [&] { mint.set(Mint::Weather::faulty); }},
                                {0.6, [&] { mint.set(Mint::Weather::dark); }},
                                {0.75, [&] { mint.set(Mint::Weather::calm); }},
                                {0.9, [&] { mint.revoke(); }}};
  const auto start = steady_clock::now();
  for (int round = 0; round * cycle < settings.seconds; ++round) {
    for (const Turn& turn : turns) {
      const double due = std::min((round + turn.at) * cycle, settings.seconds);
      std::this_thread::sleep_until(start + std::chrono::duration_cast<steady_clock::duration>(
                                                std::chrono::duration<double>{due}));  // the weather's own pace
      turn.act();
    }
  }
  mint.set(Mint::Weather::calm);
  std::this_thread::sleep_until(
      start + std::chrono::duration_cast<steady_clock::duration>(std::chrono::duration<double>{settings.seconds}));
}

/// How often each number is in the stream.
struct Stored {
  std::uint64_t records = 0;
  std::uint64_t missing = 0;
  std::uint64_t again = 0;
};
Stored stored_in(const LocalKinesis& kinesis, const std::string& stream, std::uint64_t put) {
  std::vector<std::uint32_t> times(put);
  Stored found;
  for (const auto& record : aiokpl::testing::consume(kinesis, stream).records) {
    ++found.records;
    ++times.at(std::stoull(record.data.substr(0, record.data.find(':'))));
  }
  for (const std::uint32_t count : times) {
    found.missing += count == 0 ? 1U : 0U;
    found.again += count > 1 ? count - 1 : 0U;
  }
  return found;
}

std::vector<std::string> violations_of(const Json& one) {
  std::vector<std::string> found;
  const auto count = [&](const char* name) { return one.at(name).get<std::uint64_t>(); };
  if (count("put") == 0) found.emplace_back("nothing was put");
  if (count("stored") != count("put")) found.emplace_back("not every record was stored");
  if (count("missing") != 0) found.emplace_back("records are not in the stream");
  if (count("handed_out") < 3) found.emplace_back("there were no renewals");
  for (std::string& line : found)
    line.insert(0, one.at("source").get<std::string>() + ": ");
  return found;
}

std::string table_of(const Json& report) {
  std::ostringstream out;
  out << "| source | put | stored | missing | again | keys handed out | used | fetches failed | refused as expired | "
         "p50 "
         "ms | p99 ms | longest ms |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n";
  for (const Json& one : report.at("sources")) {
    out << "| " << one.at("source").get<std::string>();
    for (const char* name :
         {"put", "stored", "missing", "again", "handed_out", "used", "fetches_failed", "refused_as_expired"})
      out << " | " << one.at(name);
    for (const char* name : {"p50_ms", "p99_ms", "longest_ms"})
      out << " | " << std::llround(one.at(name).get<double>());
    out << " |\n";
  }
  out << "logins renewed: " << report.at("logins_renewed") << "\n";
  for (const Json& violation : report.at("violations"))
    out << "VIOLATION: " << violation.get<std::string>() << "\n";
  return out.str();
}

int soak(const Settings& settings, const std::string& program) {
  for (const char* name : {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_DEFAULT_PROFILE",
                           "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                           "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_ENDPOINT_URL", "AWS_EC2_METADATA_DISABLED"})
    unsetenv(name);  // NOLINT(concurrency-mt-unsafe): no thread runs yet
  Mint mint{std::chrono::milliseconds{static_cast<std::int64_t>(settings.lifetime * 1'000)}};
  const CredentialServices services{mint};
  Gate gate{mint};
  aiokpl::emulator::Options options;
  options.keys = [&gate](std::string_view id) { return gate.admit(id); };
  for (const std::string& source : settings.sources)
    options.streams.push_back({.name = source, .shards = 2});
  LocalKinesis kinesis{options};
  kinesis.start();
  const std::filesystem::path homes = std::filesystem::path{settings.folder} / "homes";
  std::vector<Child> loads;
  for (const std::string& source : settings.sources) {
    loads.emplace_back(std::vector<std::string>{program, "--load", kinesis.endpoint_url(), source, settings.rate},
                       environment_of(source, services.url(), homes / source));
  }
  go_through(settings, mint);
  Json report{{"seconds", settings.seconds}, {"lifetime", settings.lifetime}, {"sources", Json::array()}};
  std::vector<std::string> violations;
  for (const Child& load : loads)
    load.say("end");
  for (std::size_t i = 0; i < loads.size(); ++i) {
    const std::string& source = settings.sources[i];
    const std::string line = loads[i].line();
    if (line.empty()) throw std::runtime_error{"the load of " + source + " has ended without a word"};
    Json one{{"source", source}};
    one.update(Json::parse(line));
    const Stored stored = stored_in(kinesis, source, one.at("put"));
    one["in_stream"] = stored.records;
    one["missing"] = stored.missing;
    one["again"] = stored.again;
    one["handed_out"] = mint.struck(service_of(source));
    one["used"] = gate.used(service_of(source));
    one["fetches_failed"] = mint.faults(service_of(source));
    one["refused_as_expired"] = gate.expired(service_of(source));
    for (const std::string& violation : violations_of(one))
      violations.push_back(violation);
    report["sources"].push_back(one);
  }
  report["logins_renewed"] = services.renewals();
  report["violations"] = violations;
  write(std::filesystem::path{settings.folder} / "credentials.json", report.dump(1) + "\n");
  std::cout << table_of(report);
  std::filesystem::remove_all(homes);
  return violations.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc == 5 && std::string_view{argv[1]} == "--load") {
    aiokpl::soak::run_credentials_load(
        {.endpoint_url = argv[2], .stream = argv[3], .records_per_second = std::stod(argv[4])});
    return 0;
  }
  const Settings settings = parse(argc, argv);
  std::filesystem::create_directories(settings.folder);
  return soak(settings, argv[0]);
} catch (const std::exception& error) {
  std::fprintf(stderr, "aiokpl_credentials_soak: %s\n", error.what());
  return 2;
}
