#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sinks/cloudwatch/answer.hpp"

namespace aiokpl::sinks {
namespace {

using testing::HasSubstr;
using testing::Not;
using Verdict = Delivery::Verdict;

aws::HttpCompletion answer(int status, std::string body, std::string error_type = {}) {
  aws::HttpCompletion completion;
  completion.response.status = status;
  completion.response.body = std::move(body);
  completion.response.error_type = std::move(error_type);
  return completion;
}

std::string error_xml(const std::string& code, const std::string& message = "words") {
  return "<ErrorResponse xmlns=\"http://monitoring.amazonaws.com/doc/2010-08-01/\">\n  <Error>\n    "
         "<Type>Sender</Type>\n    <Code>" +
         code + "</Code>\n    <Message>" + message + "</Message>\n  </Error>\n  <RequestId>1</RequestId>\n" +
         "</ErrorResponse>";
}

Verdict verdict(int status, const std::string& code, const std::string& message = "words") {
  return read_answer(answer(status, error_xml(code, message)), {}).verdict;
}

TEST(CloudWatchAnswer, TellsWhatIsForLaterFromWhatIsRefused) {
  EXPECT_EQ(read_answer(answer(200, "<PutMetricDataResponse/>"), {}).verdict, Verdict::delivered);
  for (const char* code : {"Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException",
                           "ExpiredToken", "ExpiredTokenException", "RequestExpired", "RequestTimeTooSkewed"})
    EXPECT_EQ(verdict(400, code), Verdict::later) << code;
  EXPECT_EQ(verdict(403, "SignatureDoesNotMatch", "Signature expired: 20260131T120000Z is now earlier than ..."),
            Verdict::later);
  EXPECT_EQ(verdict(403, "SignatureDoesNotMatch", "Signature not yet current: ..."), Verdict::later);
  EXPECT_EQ(verdict(403, "SignatureDoesNotMatch", "The request signature we calculated does not match"),
            Verdict::refused);
  EXPECT_EQ(verdict(500, "InternalFailure"), Verdict::later);
  EXPECT_EQ(verdict(503, "ServiceUnavailable"), Verdict::later);
  EXPECT_EQ(verdict(400, "InvalidParameterValue"), Verdict::refused);
  EXPECT_EQ(verdict(403, "AccessDenied"), Verdict::refused);
  EXPECT_EQ(verdict(413, "RequestEntityTooLarge"), Verdict::refused);
}

TEST(CloudWatchAnswer, SaysWhatTheServiceSays) {
  EXPECT_EQ(
      read_answer(answer(400, error_xml("InvalidParameterValue", "The value &quot;&lt;x&gt;&quot; &amp;amp;\nis bad")),
                  {})
          .reason,
      "HTTP status 400: InvalidParameterValue: The value \"<x>\" &amp; is bad");
  EXPECT_EQ(read_answer(answer(403, "", "com.amazon.coral.service#AccessDenied:http://x/"), {}).reason,
            "HTTP status 403: AccessDenied");
  EXPECT_EQ(read_answer(answer(404, "no such page"), {}).reason, "HTTP status 404: no such page");
  EXPECT_EQ(read_answer(answer(502, ""), {}).reason, "HTTP status 502");
  // Cut short, it names no code, and is bounded.
  EXPECT_EQ(read_error(answer(400, "<Code>Thrott").response).code, "");
  EXPECT_LT(read_answer(answer(400, std::string(100'000, 'x')), {}).reason.size(), 500U);
}

TEST(CloudWatchAnswer, ShowsNoSecretThatTheServiceQuotes) {
  const std::string token = "VERY+LONG/" + std::string(500, 'T') + "==";
  const aws::Credentials credentials{.access_key_id = "id", .secret_access_key = "SECRET", .session_token = token};
  const std::string quoted = "The Canonical String should have been 'POST\nx-amz-security-token:" + token + " SECRET'";
  const std::string reason = read_answer(answer(403, error_xml("SignatureDoesNotMatch", quoted)), credentials).reason;
  EXPECT_THAT(reason, HasSubstr("x-amz-security-token:(session token)"));
  EXPECT_THAT(reason, Not(HasSubstr("TTTT")));
  EXPECT_THAT(reason, Not(HasSubstr("SECRET")));
}

TEST(CloudWatchAnswer, WithoutAnAnswerIsForLater) {
  aws::HttpCompletion completion;
  completion.error = aws::HttpError::connect;
  completion.error_message = "127.0.0.1 port 1: refused";
  const Delivery delivery = read_answer(completion, {});
  EXPECT_EQ(delivery.verdict, Verdict::later);
  EXPECT_EQ(delivery.reason, "127.0.0.1 port 1: refused");
}

}  // namespace
}  // namespace aiokpl::sinks
