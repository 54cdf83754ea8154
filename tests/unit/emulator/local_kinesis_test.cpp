// The local Kinesis over real sockets, by libcurl.
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include <curl/curl.h>
#include <gmock/gmock.h>

#include <aiokpl/emulator.hpp>

#include "aws/sigv4.hpp"

namespace aiokpl::emulator {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct HttpAnswer {
  CURLcode code = CURLE_OK;
  long status = 0;
  std::string body;
};

/// One connection, kept from request to request.
class Client {
 public:
  Client() : curl_{curl_easy_init(), curl_easy_cleanup} {}

  template <typename Value>
  void set(CURLoption option, Value value) {
    ASSERT_EQ(curl_easy_setopt(curl_.get(), option, value), CURLE_OK);
  }

  HttpAnswer post(const std::string& url, const std::string& operation, const std::string& body,
                  const std::vector<std::string>& more_headers = {}) {
    HttpAnswer answer;
    curl_slist* headers = curl_slist_append(nullptr, ("X-Amz-Target: Kinesis_20131202." + operation).c_str());
    headers = curl_slist_append(headers, "Content-Type: application/x-amz-json-1.1");
    for (const std::string& header : more_headers)
      headers = curl_slist_append(headers, header.c_str());
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_HTTPHEADER, headers);
    set(CURLOPT_POSTFIELDS, body.c_str());
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    set(CURLOPT_TIMEOUT_MS, 20'000L);
    set(CURLOPT_EXPECT_100_TIMEOUT_MS, 20'000L);
    set(
        CURLOPT_WRITEFUNCTION, +[](char* data, std::size_t size, std::size_t count, void* out) {
          static_cast<std::string*>(out)->append(data, size * count);
          return size * count;
        });
    set(CURLOPT_WRITEDATA, &answer.body);
    answer.code = curl_easy_perform(curl_.get());
    curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &answer.status);
    curl_slist_free_all(headers);
    return answer;
  }

 private:
  std::unique_ptr<CURL, void (*)(CURL*)> curl_;
};

std::string record(const std::string& data) {
  return R"({"StreamName":"s","PartitionKey":"k","Data":")" + data + "\"}";
}

class LocalKinesisTest : public testing::Test {
 protected:
  static Options with_stream() {
    Options options;
    options.streams = {{.name = "s", .shards = 2}};
    return options;
  }
};

TEST_F(LocalKinesisTest, KeepsAConnectionAliveAndTellsWhatItStored) {
  LocalKinesis kinesis{with_stream()};
  kinesis.start();
  EXPECT_THAT(kinesis.endpoint_url(), StartsWith("http://127.0.0.1:"));
  Client client;
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(client.post(kinesis.endpoint_url(), "PutRecord", record("MDE=")).status, 200);
  EXPECT_EQ(kinesis.counters().connections, 1U);
  EXPECT_EQ(kinesis.counters().requests.at("PutRecord"), 3U);
  std::size_t found = 0;
  for (const ShardInfo& shard : kinesis.shards("s")) {
    for (const StoredRecord& stored : kinesis.records("s", shard.id)) {
      EXPECT_EQ(stored.partition_key, "k");
      EXPECT_EQ(stored.data, (std::vector<std::byte>{std::byte{'0'}, std::byte{'1'}}));
      EXPECT_TRUE(shard.range.contains(md5_hash_key("k")));
      ++found;
    }
  }
  EXPECT_EQ(found, 3U);
  EXPECT_THROW((void)kinesis.shards("none"), std::runtime_error);
}

TEST_F(LocalKinesisTest, ReadsChunkedBodiesAndBodiesThatAskFirst) {
  LocalKinesis kinesis{with_stream()};
  kinesis.start();
  Client client;
  const std::string large = record(std::string(400'000, 'A'));
  EXPECT_EQ(client.post(kinesis.endpoint_url(), "PutRecord", large, {"Transfer-Encoding: chunked"}).status, 200);
  EXPECT_EQ(client.post(kinesis.endpoint_url(), "PutRecord", large, {"Expect: 100-continue"}).status, 200);
  EXPECT_EQ(client.post(kinesis.endpoint_url(), "PutRecord", large, {"Expect:"}).status, 200);
  EXPECT_EQ(kinesis.counters().records_stored, 3U);
}

TEST_F(LocalKinesisTest, RefusesBodiesBeyondItsMeasureInWords) {
  LocalKinesis kinesis{with_stream()};
  kinesis.start();
  const std::string beyond(21U << 20U, 'x');
  // Asked first, a body in full flight, and one whose length nobody told.
  for (const char* header : {"Expect: 100-continue", "Expect:", "Transfer-Encoding: chunked"}) {
    Client client;
    EXPECT_EQ(client.post(kinesis.endpoint_url(), "PutRecord", beyond, {header}).status, 413) << header;
  }
  EXPECT_EQ(kinesis.counters().records_stored, 0U);
}

TEST_F(LocalKinesisTest, SpeaksTlsUnderACertificateOfItsOwn) {
  Options options = with_stream();
  options.tls = true;
  LocalKinesis kinesis{options};
  kinesis.start();
  const std::string pem = kinesis.certificate_pem();
  for (const std::string host : {"127.0.0.1", "localhost"}) {
    Client client;
    const curl_blob trusted{const_cast<char*>(pem.data()), pem.size(), CURL_BLOB_COPY};
    client.set(CURLOPT_CAINFO_BLOB, &trusted);
    const std::string url = "https://" + host + ':' + std::to_string(kinesis.tls_port());
    for (int i = 0; i < 2; ++i) {
      const HttpAnswer answer = client.post(url, "PutRecord", record("MDE="));
      EXPECT_EQ(answer.status, 200) << curl_easy_strerror(answer.code);
    }
  }
  Client stranger;
  EXPECT_EQ(stranger.post(kinesis.tls_endpoint_url(), "PutRecord", record("MDE=")).code,
            CURLE_PEER_FAILED_VERIFICATION);
}

TEST_F(LocalKinesisTest, OffersOnlyTheCipherSuitesItWasTold) {
  Options options = with_stream();
  options.tls = true;
  options.tls_ciphersuites = "TLS_AES_128_GCM_SHA256";
  LocalKinesis kinesis{options};
  kinesis.start();
  const std::string pem = kinesis.certificate_pem();
  const curl_blob trusted{const_cast<char*>(pem.data()), pem.size(), CURL_BLOB_COPY};
  const auto post = [&](const char* suites, long most) {
    Client client;
    client.set(CURLOPT_CAINFO_BLOB, &trusted);
    if (suites != nullptr) client.set(CURLOPT_TLS13_CIPHERS, suites);
    client.set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2) | most);
    return client.post(kinesis.tls_endpoint_url(), "PutRecord", record("MDE="));
  };
  EXPECT_EQ(post(nullptr, CURL_SSLVERSION_MAX_DEFAULT).status, 200);
  EXPECT_EQ(post("TLS_AES_256_GCM_SHA384", CURL_SSLVERSION_MAX_DEFAULT).code, CURLE_SSL_CONNECT_ERROR);
  EXPECT_EQ(post(nullptr, CURL_SSLVERSION_MAX_TLSv1_2).code, CURLE_SSL_CONNECT_ERROR);
}

TEST_F(LocalKinesisTest, RefusesCipherSuitesThatDoNotExist) {
  Options options = with_stream();
  options.tls = true;
  options.tls_ciphersuites = "NONE_SUCH";
  EXPECT_THROW(LocalKinesis{options}, std::invalid_argument);
}

TEST_F(LocalKinesisTest, DropsAndTruncatesOnDemand) {
  LocalKinesis kinesis{with_stream()};
  kinesis.start();
  using Kind = ScriptedFault::Kind;
  const auto post = [&] {
    Client client;
    return client.post(kinesis.endpoint_url(), "PutRecord", record("MDE="));
  };
  kinesis.fail_next("PutRecord", {.kind = Kind::drop});
  EXPECT_EQ(post().code, CURLE_GOT_NOTHING);
  EXPECT_EQ(kinesis.counters().records_stored, 0U);
  kinesis.fail_next("PutRecord", {.kind = Kind::drop_after});
  EXPECT_EQ(post().code, CURLE_GOT_NOTHING);
  EXPECT_EQ(kinesis.counters().records_stored, 1U);
  kinesis.fail_next("PutRecord", {.kind = Kind::truncate});
  EXPECT_EQ(post().code, CURLE_PARTIAL_FILE);
  EXPECT_EQ(kinesis.counters().records_stored, 2U);
  EXPECT_EQ(kinesis.counters().connections_dropped, 2U);
  EXPECT_EQ(post().status, 200);
}

TEST_F(LocalKinesisTest, StallsAndGoesOn) {
  LocalKinesis kinesis{with_stream()};
  kinesis.start();
  kinesis.set_stalled(true);
  auto waiting = std::async(std::launch::async, [&] {
    Client client;
    return client.post(kinesis.endpoint_url(), "PutRecord", record("MDE=")).status;
  });
  EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds{200}), std::future_status::timeout);
  EXPECT_EQ(kinesis.counters().records_stored, 0U);
  kinesis.set_stalled(false);
  EXPECT_EQ(waiting.get(), 200);
  EXPECT_EQ(kinesis.counters().records_stored, 1U);
}

TEST_F(LocalKinesisTest, AnswersLateOnDemand) {
  Options options = with_stream();
  options.faults.latency = std::chrono::milliseconds{150};
  LocalKinesis kinesis{options};
  kinesis.start();
  Client client;
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(client.post(kinesis.endpoint_url(), "PutRecord", record("MDE=")).status, 200);
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds{150});
}

TEST_F(LocalKinesisTest, StopsWithWorkUnderWayAndStartsAgain) {
  LocalKinesis kinesis{with_stream()};
  kinesis.start();
  kinesis.set_stalled(true);
  auto waiting = std::async(std::launch::async, [&, url = kinesis.endpoint_url()] {
    Client client;
    return client.post(url, "PutRecord", record("MDE=")).code;
  });
  EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds{100}), std::future_status::timeout);
  kinesis.stop();
  EXPECT_NE(waiting.get(), CURLE_OK);
  EXPECT_EQ(kinesis.port(), 0);
  kinesis.set_stalled(false);
  kinesis.start();
  Client client;
  EXPECT_EQ(client.post(kinesis.endpoint_url(), "PutRecord", record("MDE=")).status, 200);
}

TEST_F(LocalKinesisTest, ServesManyConnectionsOnSeveralThreadsWhileShardsSplit) {
  Options options = with_stream();
  options.threads = 2;
  LocalKinesis kinesis{options};
  kinesis.start();
  std::vector<std::future<int>> clients;
  for (int i = 0; i < 4; ++i) {
    clients.push_back(std::async(std::launch::async, [&] {
      Client client;
      int stored = 0;
      for (int n = 0; n < 100; ++n) {
        stored += client.post(kinesis.endpoint_url(), "PutRecord", record("MDE=")).status == 200 ? 1 : 0;
      }
      return stored;
    }));
  }
  kinesis.split_shard("s", "shardId-000000000000");
  kinesis.merge_shards("s", "shardId-000000000002", "shardId-000000000003");
  for (auto& client : clients)
    EXPECT_EQ(client.get(), 100);
  EXPECT_EQ(kinesis.counters().records_stored, 400U);
  EXPECT_EQ(kinesis.shards("s").size(), 5U);
}

TEST_F(LocalKinesisTest, VerifiesSignaturesWhenItKnowsTheSecret) {
  Options options = with_stream();
  options.access_key_id = "AKIDEXAMPLE";
  options.secret_access_key = "secret";
  LocalKinesis kinesis{options};
  kinesis.start();
  Client client;
  const std::string body = R"({"StreamName":"s"})";
  EXPECT_THAT(client.post(kinesis.endpoint_url(), "ListShards", body).body, HasSubstr("MissingAuthenticationToken"));

  const auto sign = [&](const std::string& key, const std::string& secret) {
    const std::string host = "127.0.0.1:" + std::to_string(kinesis.port());
    const aws::HeaderView headers[] = {{"Host", host},
                                       {"X-Amz-Target", "Kinesis_20131202.ListShards"},
                                       {"Content-Type", "application/x-amz-json-1.1"}};
    const codec::Piece piece = std::as_bytes(std::span{body});
    const std::string hash = aws::sha256_hex({&piece, 1});
    aws::Signer signer{"eu-west-1", "kinesis"};
    aws::Credentials credentials;
    credentials.access_key_id = key;
    credentials.secret_access_key = secret;
    const auto made =
        signer.sign({.headers = headers, .payload_hash = hash}, credentials, std::chrono::system_clock::now());
    return std::vector<std::string>{"Authorization: " + made.authorization, "X-Amz-Date: " + made.x_amz_date};
  };
  const auto list = [&](const std::vector<std::string>& headers) {
    return client.post(kinesis.endpoint_url(), "ListShards", body, headers);
  };
  EXPECT_EQ(list(sign("AKIDEXAMPLE", "secret")).status, 200);
  EXPECT_THAT(list(sign("AKIDEXAMPLE", "other")).body, HasSubstr("InvalidSignatureException"));
  EXPECT_THAT(list(sign("AKIDOTHER", "secret")).body, HasSubstr("UnrecognizedClientException"));
  EXPECT_THAT(list({"Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE"}).body, HasSubstr("IncompleteSignature"));
  // Headers may hold any bytes; an answer is text all the same.
  const std::string scope = "AKIDEXAMPLE/20260101/eu-west-1/kinesis/aws4_request";
  EXPECT_THAT(list({"X-Amz-Date: 20260101T000000Z",
                    "Authorization: AWS4-HMAC-SHA256 Credential=" + scope + ", SignedHeaders=x\xFF;host, Signature=a"})
                  .body,
              HasSubstr("signed header 'x?' is not there"));
}

TEST_F(LocalKinesisTest, KnowsTemporaryKeysAndTheirEnd) {
  using namespace std::chrono_literals;
  std::atomic<bool> over = false;
  Options options = with_stream();
  options.keys = [&over](std::string_view id) -> std::optional<AcceptedKey> {
    if (id != "ASIA") return std::nullopt;
    const auto now = std::chrono::system_clock::now();
    return AcceptedKey{.secret_access_key = "secret", .session_token = "token", .expires = over ? now - 1s : now + 1h};
  };
  LocalKinesis kinesis{options};
  kinesis.start();
  Client client;
  const auto list = [&](const aws::Credentials& credentials) {
    const std::string host = "127.0.0.1:" + std::to_string(kinesis.port());
    const aws::HeaderView headers[] = {{"Host", host}};
    const std::string body = R"({"StreamName":"s"})";
    const codec::Piece piece = std::as_bytes(std::span{body});
    const std::string hash = aws::sha256_hex({&piece, 1});
    const auto made = aws::Signer{"eu-west-1", "kinesis"}.sign({.headers = headers, .payload_hash = hash}, credentials,
                                                               std::chrono::system_clock::now());
    std::vector<std::string> lines{"Authorization: " + made.authorization, "X-Amz-Date: " + made.x_amz_date};
    if (!made.x_amz_security_token.empty()) lines.push_back("X-Amz-Security-Token: " + made.x_amz_security_token);
    return client.post(kinesis.endpoint_url(), "ListShards", body, lines);
  };
  const auto with = [](const char* id, const char* token) {
    return aws::Credentials{.access_key_id = id, .secret_access_key = "secret", .session_token = token};
  };
  EXPECT_EQ(list(with("ASIA", "token")).status, 200);
  EXPECT_THAT(list(with("ASIB", "token")).body, HasSubstr("UnrecognizedClientException"));
  EXPECT_THAT(list(with("ASIA", "other")).body, HasSubstr("UnrecognizedClientException"));
  EXPECT_THAT(list(with("ASIA", "")).body, HasSubstr("UnrecognizedClientException"));
  over = true;
  EXPECT_THAT(list(with("ASIA", "token")).body, HasSubstr("ExpiredTokenException"));
}

TEST_F(LocalKinesisTest, RefusesDatesThatAreFarFromItsClock) {
  using namespace std::chrono_literals;
  Options options = with_stream();
  options.access_key_id = "AKIDEXAMPLE";
  options.secret_access_key = "secret";
  options.clock_skew = std::chrono::hours{-2};
  LocalKinesis kinesis{options};
  kinesis.start();
  Client client;
  const auto list = [&](std::chrono::seconds ahead) {
    const std::string host = "127.0.0.1:" + std::to_string(kinesis.port());
    const aws::HeaderView headers[] = {{"Host", host}};
    const std::string body = R"({"StreamName":"s"})";
    const codec::Piece piece = std::as_bytes(std::span{body});
    const std::string hash = aws::sha256_hex({&piece, 1});
    const auto made = aws::Signer{"eu-west-1", "kinesis"}.sign(
        {.headers = headers, .payload_hash = hash}, {.access_key_id = "AKIDEXAMPLE", .secret_access_key = "secret"},
        std::chrono::system_clock::now() + ahead);
    return client.post(kinesis.endpoint_url(), "ListShards", body,
                       {"Authorization: " + made.authorization, "X-Amz-Date: " + made.x_amz_date});
  };
  EXPECT_THAT(list(0s).body, HasSubstr("Signature not yet current"));
  EXPECT_THAT(list(-3h).body, HasSubstr("Signature expired"));
  EXPECT_EQ(list(-2h).status, 200);
  EXPECT_EQ(list(-2h - 4min).status, 200);
}

TEST(LocalKinesisOptionsTest, RefusesWhatMakesNoSense) {
  EXPECT_THROW(LocalKinesis{Options{.access_key_id = "a"}}, std::invalid_argument);
  const KeyLookup none = [](std::string_view) { return std::nullopt; };
  EXPECT_THROW((LocalKinesis{Options{.access_key_id = "a", .secret_access_key = "b", .keys = none}}),
               std::invalid_argument);
  EXPECT_THROW(LocalKinesis{Options{.threads = 0}}, std::invalid_argument);
  Options bad_stream;
  bad_stream.streams = {{.name = "no spaces"}};
  EXPECT_THROW(LocalKinesis{bad_stream}, std::runtime_error);
}

TEST(LocalKinesisOptionsTest, SaysWhenAPortIsTaken) {
  LocalKinesis first;
  first.start();
  Options options;
  options.port = first.port();
  LocalKinesis second{options};
  EXPECT_THROW(second.start(), std::system_error);
}

}  // namespace
}  // namespace aiokpl::emulator
