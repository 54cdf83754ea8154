#include <chrono>
#include <fstream>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkstemp is not in <cstdlib>
#include <unistd.h>

#include <aiokpl/aiokpl.hpp>
#include <aiokpl/emulator.hpp>

#include "integration/faulty_proxy.hpp"
#include "integration/ledger.hpp"
#include "integration/waiting.hpp"
#include "unit/aws/loopback_server.hpp"

// TLS that fails: what the attempts say of it, and that records go on when it is repaired.
namespace aiokpl {
namespace {

using namespace std::chrono_literals;
using test::Certificate;
using test::Connection;
using test::LoopbackServer;
using ::testing::AllOf;
using ::testing::AnyOf;
using testing::Flow;
using ::testing::HasSubstr;

/// A file of trusted authorities.
class Bundle {
 public:
  explicit Bundle(const std::string& pem) {
    close(mkstemp(path_.data()));
    std::ofstream{path_} << pem;
  }
  Bundle(const Bundle&) = delete;
  Bundle& operator=(const Bundle&) = delete;
  ~Bundle() { unlink(path_.c_str()); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_ = ::testing::TempDir() + "aiokpl-bundle-XXXXXX";
};

Config config_for(const std::string& url, const std::string& trusted) {
  Config config;
  config.endpoint_url = url;
  config.ca_bundle = trusted;
  config.record_max_buffered_time = 10ms;
  config.record_ttl = 400ms;
  config.connect_timeout = 200ms;
  config.request_timeout = 200ms;
  return config;
}

/// The words of the first attempt of a record that finds no way.
std::string words_of_failure(const std::string& url, const std::string& pem) {
  const Bundle trusted{pem};
  SyncProducer producer{config_for(url, trusted.path())};
  const RecordResult result =
      producer.put_record({.stream = "events", .partition_key = "k", .data = "secret"}).wait(20s);
  EXPECT_FALSE(result.success);
  EXPECT_EQ(result.attempts.back().error_code, error_code::expired) << result;
  for (const Attempt& attempt : result.attempts) {
    if (attempt.error_code == error_code::internal) return attempt.error_message;
  }
  return {};
}

void serve_nothing(Connection& connection) {
  connection.await_close();
}

TEST(TlsFaults, ACertificateForAnotherNameIsTold) {
  const Certificate certificate;  // for localhost
  LoopbackServer server{serve_nothing, &certificate};
  const std::string words = words_of_failure(server.url("127.0.0.1"), certificate.pem);
  EXPECT_THAT(words, AllOf(HasSubstr("no TLS with 127.0.0.1:"), HasSubstr("is for other names: localhost")));
}

TEST(TlsFaults, AnExpiredCertificateIsTold) {
  const Certificate certificate{-2h, -1h};
  LoopbackServer server{serve_nothing, &certificate};
  const std::string words = words_of_failure(server.url("localhost"), certificate.pem);
  EXPECT_THAT(words, AllOf(HasSubstr("no TLS with localhost:"), HasSubstr("the certificate has expired")));
}

TEST(TlsFaults, ACertificateThatIsNotValidYetIsTold) {
  const Certificate certificate{1h, 2h};
  LoopbackServer server{serve_nothing, &certificate};
  const std::string words = words_of_failure(server.url("localhost"), certificate.pem);
  EXPECT_THAT(words, AllOf(HasSubstr("no TLS with localhost:"), HasSubstr("not yet valid")));
}

TEST(TlsFaults, AnUntrustedCertificateIsTold) {
  const Certificate certificate;
  const Certificate trusted;
  LoopbackServer server{serve_nothing, &certificate};
  const std::string words = words_of_failure(server.url("localhost"), trusted.pem);
  EXPECT_THAT(words,
              AllOf(HasSubstr("no TLS with localhost:"), HasSubstr("the certificate is self-signed, and is not in /")));
}

TEST(TlsFaults, PlainHttpOnTheTlsPortIsTold) {
  const Certificate trusted;
  LoopbackServer server{[](Connection& connection) {
    connection.read_bytes(5);
    connection.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    connection.await_close();
  }};
  const std::string url = "https://127.0.0.1:" + std::to_string(server.port());
  EXPECT_THAT(words_of_failure(url, trusted.pem),
              AllOf(HasSubstr("no TLS with 127.0.0.1:"), HasSubstr("wrong version number")));
}

TEST(TlsFaults, GarbageInTheHandshakeIsTold) {
  const Certificate trusted;
  LoopbackServer server{[](Connection& connection) {
    connection.read_bytes(5);
    // A record of the right kind and version, whose handshake message is none.
    connection.send(std::string_view{"\x16\x03\x03\x00\x08garbage!", 13});
    connection.await_close();
  }};
  const std::string url = "https://127.0.0.1:" + std::to_string(server.port());
  EXPECT_THAT(words_of_failure(url, trusted.pem), AllOf(HasSubstr("no TLS with 127.0.0.1:"), HasSubstr("SSL")));
}

TEST(TlsFaults, AHandshakeThatIsCutOffIsTold) {
  const Certificate trusted;
  LoopbackServer server{[](Connection& connection) { connection.read_bytes(5); }};
  const std::string url = "https://127.0.0.1:" + std::to_string(server.port());
  EXPECT_THAT(words_of_failure(url, trusted.pem), HasSubstr("no TLS with 127.0.0.1:"));
}

TEST(TlsFaults, AHandshakeThatIsNotAnsweredIsNoConnection) {
  const Certificate trusted;
  LoopbackServer server{serve_nothing};
  const std::string url = "https://127.0.0.1:" + std::to_string(server.port());
  EXPECT_THAT(words_of_failure(url, trusted.pem),
              AllOf(HasSubstr("no connection to 127.0.0.1:"), HasSubstr("within 200 ms")));
}

TEST(TlsFaults, PlainHttpToATlsPortIsTold) {
  emulator::LocalKinesis kinesis{{.tls = true, .streams = {{.name = "events"}}}};
  kinesis.start();
  const std::string url = "http://127.0.0.1:" + std::to_string(kinesis.tls_port());
  EXPECT_THAT(words_of_failure(url, kinesis.certificate_pem()), HasSubstr("was closed while in use"));
}

TEST(TlsFaults, RecordsThatWaitedGoOnWhenTheCertificateIsRenewed) {
  emulator::LocalKinesis kinesis{{.tls = true, .streams = {{.name = "events", .shards = 2}}}};
  kinesis.start();
  const Certificate expired{-2h, -1h};
  LoopbackServer server{serve_nothing, &expired};
  testing::FaultyProxy proxy{server.port()};
  const Bundle trusted{expired.pem + kinesis.certificate_pem()};
  Config config = config_for(proxy.url("https", "localhost"), trusted.path());
  config.record_ttl = 30s;
  config.connect_timeout = 2s;
  SyncProducer producer{config};
  testing::Ledger ledger;
  for (int i = 0; i < 200; ++i)
    ledger.put(producer, "events", static_cast<std::uint64_t>(i));
  ASSERT_TRUE(proxy.await_accepted(1));
  proxy.set_target(kinesis.tls_port());
  const auto tally = ledger.check(kinesis);
  EXPECT_EQ(tally.stored, 200U) << ::testing::PrintToString(tally.words);
}

// What is cut is no request, or no answer: TLS lets nobody end a stream of its bytes in between unseen.
TEST(TlsFaults, ResetsCutsAndDripsUnderTlsLoseNothing) {
  emulator::LocalKinesis kinesis{{.tls = true, .streams = {{.name = "events", .shards = 2}}}};
  kinesis.start();
  testing::FaultyProxy proxy{kinesis.tls_port()};
  const Bundle trusted{kinesis.certificate_pem()};
  Config config = config_for(proxy.url("https"), trusted.path());
  config.record_ttl = 30s;
  config.connect_timeout = 1s;
  config.request_timeout = 500ms;
  SyncProducer producer{config};
  testing::Ledger ledger;
  std::uint64_t next = 0;
  const std::pair<Flow, Flow> faults[] = {{Flow::pass(), Flow::pass()},
                                          {Flow::pass(), Flow::reset_after(100)},
                                          {Flow::reset_after(1'000), Flow::pass()},
                                          {Flow::pass(), Flow::close_after(300)},
                                          {Flow::drip(100'000), Flow::drip(10'000)},
                                          {Flow::pass(), Flow::swallow()}};
  for (const auto& [up, down] : faults) {
    proxy.set(up, down);
    const std::uint64_t retried = producer.retried_records();
    for (int i = 0; i < 100; ++i)
      ledger.put(producer, "events", next++, 300);
    EXPECT_TRUE(testing::eventually(
        [&] { return producer.retried_records() > retried || producer.outstanding_records() == 0; }));
    proxy.reset_all();
  }
  proxy.pass();
  const auto tally = ledger.check(kinesis);
  EXPECT_EQ(tally.stored, ledger.size()) << ::testing::PrintToString(tally.words);
}

}  // namespace
}  // namespace aiokpl
