#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "cli/exit_status.hpp"
#include "cli/local_options.hpp"
#include "cli/whole_file.hpp"

namespace aiokpl::cli {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::string refusal(const std::function<void()>& attempt) {
  try {
    attempt();
  } catch (const CommandError& error) {
    EXPECT_EQ(error.status(), ExitStatus::usage);
    return error.what();
  }
  ADD_FAILURE() << "nothing was refused";
  return {};
}

TEST(StreamSpec, IsANameAndWhatTheStreamIsMadeOf) {
  const auto plain = parse_stream_spec("events");
  EXPECT_EQ(plain.name, "events");
  EXPECT_EQ(plain.shards, 1U);
  EXPECT_FALSE(plain.on_demand);

  EXPECT_EQ(parse_stream_spec("a.b_c-1:10000").shards, 10'000U);

  const auto on_demand = parse_stream_spec("events:on-demand");
  EXPECT_TRUE(on_demand.on_demand);
  EXPECT_FALSE(on_demand.automatic_distribution);

  const auto automatic = parse_stream_spec("events:auto");
  EXPECT_EQ(automatic.name, "events");
  EXPECT_TRUE(automatic.on_demand);
  EXPECT_TRUE(automatic.automatic_distribution);
}

TEST(StreamSpec, AnythingElseIsRefused) {
  for (const std::string wrong : {"", ":4", "events:", "events:0", "events:10001", "events:-1", "events:4x",
                                  "events: 4", "events:4:auto", "events:AUTO", "with space:1", "ümlaut:1"}) {
    EXPECT_THAT(refusal([&] { static_cast<void>(parse_stream_spec(wrong)); }), HasSubstr("--stream: must be")) << wrong;
  }
  EXPECT_THAT(refusal([] { static_cast<void>(parse_stream_spec(std::string(129, 'x'))); }), HasSubstr("1 to 128"));
}

TEST(Faults, AreNamedAndSeparatedByCommas) {
  emulator::Faults faults;

  parse_faults("throttle=0.2,drop=0.02,latency=5ms,jitter=1.5ms,refuse=ListShards,refuse=PutRecord", faults);
  parse_faults("wrong-count=1,stale-list-shards", faults);

  EXPECT_EQ(faults.throttle_rate, 0.2);
  EXPECT_EQ(faults.drop_rate, 0.02);
  EXPECT_EQ(faults.latency, 5ms);
  EXPECT_EQ(faults.latency_jitter, 1500us);
  EXPECT_THAT(faults.refused_operations, ElementsAre("ListShards", "PutRecord"));
  EXPECT_EQ(faults.wrong_count_rate, 1);
  EXPECT_TRUE(faults.stale_list_shards);
  EXPECT_EQ(faults.drop_after_rate, 0) << "what is not named stays as it was";
}

TEST(Faults, EveryNameInTheHelpIsAFault) {
  std::string names = fault_names() + "\n";
  int known = 0;
  for (std::size_t begin = 0; begin < names.size(); ++known) {
    const std::size_t end = names.find('\n', begin);
    std::string fault = names.substr(begin + 2, names.find(' ', begin + 2) - begin - 2);
    if (const auto rate = fault.find("=RATE"); rate != std::string::npos) fault.replace(rate, 5, "=0.5");
    if (const auto time = fault.find("=TIME"); time != std::string::npos) fault.replace(time, 5, "=1ms");
    emulator::Faults faults;
    EXPECT_NO_THROW(parse_faults(fault, faults)) << fault;
    begin = end + 1;
  }
  EXPECT_EQ(known, 13);
}

TEST(Faults, AnythingElseIsRefusedInOneLine) {
  for (const std::string wrong :
       {"gremlins=0.1", "throttle", "throttle=", "throttle=1.1", "throttle=-0.1", "throttle=often", "latency=5",
        "latency=-5ms", "refuse", "stale-list-shards=1", "drop=0.1,,throttle=0.1"}) {
    emulator::Faults faults;
    const std::string line = refusal([&] { parse_faults(wrong, faults); });
    EXPECT_THAT(line, HasSubstr("--fault")) << wrong;
    EXPECT_THAT(line, Not(HasSubstr("\n"))) << wrong;
  }
}

RunningLocal running() {
  return {.endpoint_url = "http://127.0.0.1:4567",
          .tls_endpoint_url = "https://127.0.0.1:4568",
          .certificate_file = "/tmp/ca.pem",
          .region = "eu-west-1",
          .streams = {parse_stream_spec("events:4"), parse_stream_spec("even:auto")}};
}

TEST(HowToUse, SaysWhatToPaste) {
  const std::string text = how_to_use(running());

  EXPECT_THAT(text, HasSubstr("events (4 shards), even (on demand, AUTO)"));
  EXPECT_THAT(text, HasSubstr("| aiokpl put --stream events --endpoint-url http://127.0.0.1:4567\n"));
  EXPECT_THAT(text, HasSubstr("aiokpl tail --follow --stream events --endpoint-url http://127.0.0.1:4567\n"));
  EXPECT_THAT(text, HasSubstr("AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_REGION=eu-west-1 aws kinesis"));
  EXPECT_THAT(text, HasSubstr("export AWS_ENDPOINT_URL_KINESIS=http://127.0.0.1:4567 AWS_ACCESS_KEY_ID=local"));
  EXPECT_THAT(text, HasSubstr("--endpoint-url https://127.0.0.1:4568 --ca-bundle /tmp/ca.pem\n"));
}

TEST(HowToUse, SaysOnlyWhatIsTrue) {
  RunningLocal local = running();
  local.streams.clear();
  local.tls_endpoint_url.clear();
  local.discard = true;
  local.checks_signatures = true;
  const std::string text = how_to_use(local);

  EXPECT_THAT(text, HasSubstr("aiokpl stream create my-stream"));
  EXPECT_THAT(text, HasSubstr("thrown away"));
  EXPECT_THAT(text, Not(HasSubstr("TLS")));
  EXPECT_THAT(text, Not(HasSubstr("AWS_SECRET_ACCESS_KEY=local"))) << "such a signature would be refused";
}

TEST(ReadyJson, TellsEndpointsAndCertificate) {
  const auto with_tls = nlohmann::json::parse(ready_json(running()));
  EXPECT_EQ(with_tls.at("endpoint_url"), "http://127.0.0.1:4567");
  EXPECT_EQ(with_tls.at("tls_endpoint_url"), "https://127.0.0.1:4568");
  EXPECT_EQ(with_tls.at("certificate"), "/tmp/ca.pem");

  RunningLocal plain = running();
  plain.tls_endpoint_url.clear();
  plain.certificate_file.clear();
  const auto without = nlohmann::json::parse(ready_json(plain));
  EXPECT_TRUE(without.at("tls_endpoint_url").is_null());
  EXPECT_TRUE(without.at("certificate").is_null());
}

class WholeFiles : public ::testing::Test {
 protected:
  WholeFiles() {
    std::string name = ::testing::TempDir() + "aiokpl-whole-file-XXXXXX";
    folder = ::mkdtemp(name.data());
  }
  ~WholeFiles() override { std::filesystem::remove_all(folder); }

  [[nodiscard]] std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator{folder}, {}));
  }
  static std::string content(const std::filesystem::path& path) {
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
  }

  std::filesystem::path folder;
};

TEST_F(WholeFiles, AppearWithAllTheyHoldAndGoWithTheirOwner) {
  const auto path = folder / "ready.json";
  {
    WholeFile file{path};
    EXPECT_FALSE(std::filesystem::exists(path)) << "nothing was written yet";
    file.write("everything");
    EXPECT_EQ(content(path), "everything");
    EXPECT_EQ(entries(), 1U) << "the name that it was written under is gone";
  }
  EXPECT_EQ(entries(), 0U);
}

TEST_F(WholeFiles, OfAnEarlierOwnerAreTakenAway) {
  const auto path = folder / "ready.json";
  std::ofstream{path} << "a server that is no more";

  const WholeFile file{path};

  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(WholeFiles, AFolderThatIsNotThereIsSaid) {
  WholeFile file{folder / "absent" / "ready.json"};

  try {
    file.write("everything");
    ADD_FAILURE() << "it was written";
  } catch (const CommandError& error) {
    EXPECT_EQ(error.status(), ExitStatus::nothing_done);
    EXPECT_THAT(error.what(), HasSubstr("No such file or directory"));
  }
}

TEST_F(WholeFiles, TemporaryOnesHaveNamesOfTheirOwn) {
  std::filesystem::path path;
  {
    WholeFile one = WholeFile::temporary("aiokpl-test-", ".pem");
    const WholeFile other = WholeFile::temporary("aiokpl-test-", ".pem");
    EXPECT_NE(one.path(), other.path());
    one.write("certificate");
    path = one.path();
    EXPECT_EQ(content(path), "certificate");
    EXPECT_EQ(path.extension(), ".pem");
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace aiokpl::cli
