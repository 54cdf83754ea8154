#include "aws/sigv4.hpp"

#include <chrono>
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace aiokpl::aws {
namespace {

using namespace std::chrono;
using Time = system_clock::time_point;

const std::string example_secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const std::string form = "application/x-www-form-urlencoded";
const std::string suite_token =
    "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthA"
    "x7mSEI/qkPpKPi/"
    "kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d"
    "+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";
const std::string unreserved = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

std::string hash_of(std::string_view body) {
  const codec::Piece piece = std::as_bytes(std::span{body});
  return sha256_hex({&piece, 1});
}

struct Vector {
  std::string name;
  std::string method;
  std::string path;
  std::string query;
  std::vector<HeaderView> headers;  // beside Host
  std::string body;
  std::string token;
  std::string signed_headers;
  std::string signature;
};

// The published cases of aws-sig-v4-test-suite: key AKIDEXAMPLE, 30 August 2015 12:36:00, us-east-1, service "service".
const std::vector<Vector>& suite() {
  static const std::vector<Vector> cases{
      {"get-vanilla",
       "GET",
       "/",
       "",
       {},
       "",
       "",
       "host;x-amz-date",
       "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
      {"post-vanilla",
       "POST",
       "/",
       "",
       {},
       "",
       "",
       "host;x-amz-date",
       "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
      {"get-vanilla-query-order-key",
       "GET",
       "/",
       "Param2=value2&Param1=value1",
       {},
       "",
       "",
       "host;x-amz-date",
       "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
      {"get-vanilla-empty-query-key",
       "GET",
       "/",
       "Param1=value1",
       {},
       "",
       "",
       "host;x-amz-date",
       "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"},
      {"get-vanilla-query-unreserved",
       "GET",
       "/",
       unreserved + "=" + unreserved,
       {},
       "",
       "",
       "host;x-amz-date",
       "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"},
      {"get-utf8",
       "GET",
       "/\xE1\x88\xB4",
       "",
       {},
       "",
       "",
       "host;x-amz-date",
       "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
      {"get-relative",
       "GET",
       "/example1/example2/../..",
       "",
       {},
       "",
       "",
       "host;x-amz-date",
       "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
      {"get-slashes",
       "GET",
       "//example//",
       "",
       {},
       "",
       "",
       "host;x-amz-date",
       "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"},
      {"get-header-value-trim",
       "GET",
       "/",
       "",
       {{"My-Header1", " value1"}, {"My-Header2", " \"a   b   c\""}},
       "",
       "",
       "host;my-header1;my-header2;x-amz-date",
       "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
      {"post-x-www-form-urlencoded",
       "POST",
       "/",
       "",
       {{"Content-Type", form}},
       "Param1=value1",
       "",
       "content-type;host;x-amz-date",
       "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
      {"post-sts-header-before",
       "POST",
       "/",
       "",
       {},
       "",
       suite_token,
       "host;x-amz-date;x-amz-security-token",
       "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"},
  };
  return cases;
}

TEST(Signer, GivesThePublishedSignatures) {
  Signer signer{"us-east-1", "service"};
  const Time now = sys_days{2015y / August / 30} + 12h + 36min;
  for (const Vector& c : suite()) {
    SCOPED_TRACE(c.name);
    std::vector<HeaderView> headers{{"Host", "example.amazonaws.com"}};
    headers.insert(headers.end(), c.headers.begin(), c.headers.end());
    const std::string hash = hash_of(c.body);
    const SignatureInput input{
        .method = c.method, .path = c.path, .query = c.query, .headers = headers, .payload_hash = hash};
    const SignatureHeaders made = signer.sign(
        input, {.access_key_id = "AKIDEXAMPLE", .secret_access_key = example_secret, .session_token = c.token}, now);
    EXPECT_EQ(made.x_amz_date, "20150830T123600Z");
    EXPECT_EQ(made.x_amz_security_token, c.token);
    EXPECT_EQ(made.authorization,
              "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
              "SignedHeaders=" +
                  c.signed_headers + ", Signature=" + c.signature);

    // And back: the same request, with what the signature added, is found valid.
    headers.push_back({"X-Amz-Date", made.x_amz_date});
    headers.push_back({"Authorization", made.authorization});
    if (!c.token.empty()) headers.push_back({"X-Amz-Security-Token", c.token});
    SignatureInput received = input;
    received.headers = headers;
    EXPECT_EQ(verify_signature(received, example_secret).verdict, SignatureVerdict::valid);
    EXPECT_EQ(verify_signature(received, "another").verdict, SignatureVerdict::mismatch);
  }
}

struct KinesisVector {
  std::string region;
  std::string host;
  std::string operation;
  std::string content_type;
  std::string body;
  std::string key_id;
  std::string secret;
  std::string token;
  Time now;
  std::string authorization;
};

std::string all_bytes() {
  std::string bytes(256, '\0');
  std::iota(bytes.begin(), bytes.end(), '\0');
  return bytes;
}

// Made with botocore 1.44.5: botocore.auth.SigV4Auth(credentials, "kinesis", region).add_auth(AWSRequest("POST", url,
// headers, body)), with botocore.auth.get_current_datetime replaced by one that gives the time below.
TEST(Signer, AgreesWithBotocoreAboutKinesis) {
  const std::string token =
      "AQoDYXdzEPT//////////"
      "wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthA"
      "x7mSEI/qkPpKPi/kMcGd";
  const std::vector<KinesisVector> cases{
      {"us-east-1", "kinesis.us-east-1.amazonaws.com", "ListShards", "application/x-amz-json-1.1",
       R"({"StreamName":"orders"})", "AKIDEXAMPLE", example_secret, "", sys_days{2026y / January / 2} + 3h + 4min + 5s,
       "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/us-east-1/kinesis/aws4_request, "
       "SignedHeaders=content-type;host;x-amz-date;x-amz-target, "
       "Signature=59660a216ea679f102e22e9097457c3fc0448f5e297f85d1b1e607e10c7125f7"},
      {"eu-west-1", "kinesis.eu-west-1.amazonaws.com", "PutRecords", "application/x-amz-cbor-1.1", all_bytes(),
       "AKIDEXAMPLE", example_secret, token, sys_days{2025y / December / 31} + 23h + 59min + 59s + 999ms,
       "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20251231/eu-west-1/kinesis/aws4_request, "
       "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, "
       "Signature=a2d800ba47f55e73362a5197e85ff82408f2878c0ba8653af44ace64bfb4e974"},
      {"us-east-1", "127.0.0.1:4567", "DescribeStreamSummary", "application/x-amz-cbor-1.1", "", "local", "local", "",
       sys_days{2026y / February / 28} + 12h,
       "AWS4-HMAC-SHA256 Credential=local/20260228/us-east-1/kinesis/aws4_request, "
       "SignedHeaders=content-type;host;x-amz-date;x-amz-target, "
       "Signature=915ff1ba508ad78ae465a389f947b272a577f848d1679e634869ba5460fdc0f3"},
  };
  for (const KinesisVector& c : cases) {
    Signer signer{c.region, "kinesis"};
    const std::string target = "Kinesis_20131202." + c.operation;
    const std::vector<HeaderView> headers{{"X-Amz-Target", target}, {"content-type", c.content_type}, {"HOST", c.host}};
    const SignatureHeaders made =
        signer.sign({.headers = headers, .payload_hash = hash_of(c.body)}, {c.key_id, c.secret, c.token}, c.now);
    EXPECT_EQ(made.authorization, c.authorization);
  }
}

// Also botocore's: a path that is encoded already is encoded once more.
TEST(Signer, AgreesWithBotocoreAboutPathAndQuery) {
  Signer signer{"ap-southeast-2", "other"};
  const std::vector<HeaderView> headers{{"Host", "example.amazonaws.com"}};
  const SignatureHeaders made = signer.sign({.method = "GET",
                                             .path = "/a%20b/c",
                                             .query = "b=2&a=1&a=0&c=%2F",
                                             .headers = headers,
                                             .payload_hash = hash_of("")},
                                            {"AKIDEXAMPLE", example_secret}, sys_days{2026y / February / 28} + 12h);
  EXPECT_EQ(made.authorization,
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260228/ap-southeast-2/other/aws4_request, "
            "SignedHeaders=host;x-amz-date, "
            "Signature=f22bcd691ff194a4b78150a3e99dca54c1ee6766f8eb19720b0fb6d534a0a001");
}

TEST(Signer, DerivesANewKeyForAnotherDayAndSecret) {
  const std::vector<HeaderView> headers{{"Host", "h"}};
  const std::string hash = hash_of("");
  const SignatureInput input{.headers = headers, .payload_hash = hash};
  const Time today = sys_days{2026y / March / 1};
  const Credentials first{"id", "one"};
  const Credentials second{"id", "two"};
  Signer kept{"r", "s"};
  for (const auto& [credentials, now] : {std::pair{first, today}, std::pair{first, today + days{1}},
                                         std::pair{second, today + days{1}}, std::pair{first, today}}) {
    Signer fresh{"r", "s"};
    EXPECT_EQ(kept.sign(input, credentials, now).authorization, fresh.sign(input, credentials, now).authorization);
  }
}

TEST(Sha256, HashesPiecesAsOne) {
  const std::string text = "The body is a list of pieces, never one big string.";
  Sha256 hash;
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    hash.update(std::as_bytes(std::span{text}.first(cut)));
    hash.update({});
    hash.update(std::as_bytes(std::span{text}.subspan(cut)));
    EXPECT_EQ(hash.finish_hex(), hash_of(text)) << "an update after the end starts anew";
  }
  EXPECT_EQ(sha256_hex({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

/// A signed request that each case damages in one way.
struct Received {
  std::string host = "h";
  std::string date = "20260301T000000Z";
  std::string authorization = {};
  std::string method = "POST";
  std::string path = "/";
  std::string hash = hash_of("body");
  std::string extra = "1";  // an unsigned header

  [[nodiscard]] SignatureCheck check() const {
    std::vector<HeaderView> headers{{"Host", host}, {"x-extra", extra}};
    if (!date.empty()) headers.push_back({"X-AMZ-DATE", date});
    if (!authorization.empty()) headers.push_back({"authorization", authorization});
    return verify_signature({.method = method, .path = path, .headers = headers, .payload_hash = hash}, "secret");
  }
};

TEST(VerifySignature, SaysWhatIsWrong) {
  Signer signer{"r", "s"};
  const std::vector<HeaderView> headers{{"Host", "h"}};
  const std::string good = signer
                               .sign({.headers = headers, .payload_hash = hash_of("body")}, {"my/key", "secret"},
                                     sys_days{2026y / March / 1})
                               .authorization;
  const std::string signature = good.substr(good.rfind('=') + 1);
  struct Damage {
    std::string name;
    Received request;
    SignatureVerdict verdict;
  };
  using enum SignatureVerdict;
  const std::vector<Damage> cases{
      {"none", {.authorization = good}, valid},
      {"an unsigned header changed", {.authorization = good, .extra = "2"}, valid},
      {"no header", {}, missing},
      {"another scheme", {.authorization = "Bearer x"}, missing},
      {"another host", {.host = "i", .authorization = good}, mismatch},
      {"another method", {.authorization = good, .method = "GET"}, mismatch},
      {"another path", {.authorization = good, .path = "/x"}, mismatch},
      {"another body", {.authorization = good, .hash = hash_of("bodY")}, mismatch},
      {"another time", {.date = "20260301T000001Z", .authorization = good}, mismatch},
      {"another day", {.date = "20260302T000000Z", .authorization = good}, incomplete},
      {"no date", {.date = "", .authorization = good}, incomplete},
      {"signature cut off", {.authorization = good.substr(0, good.size() - 1)}, mismatch},
      {"no signature", {.authorization = good.substr(0, good.rfind(','))}, incomplete},
      {"host not signed",
       {.authorization =
            "AWS4-HMAC-SHA256 Credential=k/20260301/r/s/aws4_request, SignedHeaders=x-amz-date, Signature=" +
            signature},
       incomplete},
      {"a signed header is not there",
       {.authorization =
            "AWS4-HMAC-SHA256 Credential=k/20260301/r/s/aws4_request, SignedHeaders=host;nope, Signature=" + signature},
       incomplete},
      {"half a scope",
       {.authorization = "AWS4-HMAC-SHA256 Credential=k/20260301/r, SignedHeaders=host, Signature=" + signature},
       incomplete},
      {"nothing behind the algorithm", {.authorization = "AWS4-HMAC-SHA256"}, incomplete},
  };
  for (const Damage& c : cases) {
    const SignatureCheck check = c.request.check();
    EXPECT_EQ(check.verdict, c.verdict) << c.name << ": " << check.message;
    EXPECT_EQ(check.message.empty(), c.verdict == valid) << c.name;
  }
  const Authorization said = Received{.authorization = good}.check().authorization;
  EXPECT_EQ(said.access_key_id, "my/key");
  EXPECT_EQ(said.date, "20260301");
  EXPECT_EQ(said.region, "r");
  EXPECT_EQ(said.service, "s");
}

}  // namespace
}  // namespace aiokpl::aws
