#include "aws/credentials_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aws/secrets.hpp"
#include "aws/timestamps.hpp"

namespace aiokpl::aws {
namespace {

TEST(Timestamps, AreReadInEveryFormThatIsInUse) {
  const auto moment = [](const char* text) { return read_timestamp(text).value().time_since_epoch(); };
  using namespace std::chrono_literals;
  EXPECT_EQ(moment("1970-01-01T00:00:00Z"), 0s);
  EXPECT_EQ(moment("2027-01-15T08:00:00Z"), 1'800'000'000s);
  EXPECT_EQ(moment("2027-01-15T08:00:00UTC"), 1'800'000'000s);
  EXPECT_EQ(moment("2027-01-15T09:00:00+01:00"), 1'800'000'000s);
  EXPECT_EQ(moment("2027-01-15T03:30:00-0430"), 1'800'000'000s);
  EXPECT_EQ(moment("2027-01-15T08:00:00.25Z"), 1'800'000'000s + 250ms);
  EXPECT_EQ(moment("2027-01-15 08:00:00.123456789Z"), 1'800'000'000s + 123ms);
  EXPECT_EQ(moment("0001-01-01T00:00:00Z"), 0s) << "before all time counts as expired";
  EXPECT_EQ(moment("9999-12-31T23:59:59Z"), moment("2200-01-01T00:00:00Z")) << "the clock does not reach as far";
  EXPECT_EQ(from_milliseconds(1e300).time_since_epoch(), moment("2200-01-01T00:00:00Z"));
  EXPECT_EQ(from_milliseconds(-5).time_since_epoch(), 0s);
  EXPECT_EQ(write_timestamp(*read_timestamp("2027-01-15T08:01:02.9Z")), "2027-01-15T08:01:02Z");
}

TEST(Timestamps, AreNothingElse) {
  for (const char* wrong : {"", "2027-01-15", "2027-01-15T08:00:00", "2027-02-29T08:00:00Z", "2027-01-15T24:00:00Z",
                            "2027-01-15T08:60:00Z", "2027-01-15T08:00:00Zx", "2027-01-15T08:00:00.Z", "1800000000",
                            "2027-1-15T08:00:00Z", "2027-01-15T08:00:00+99:00", " 2027-01-15T08:00:00Z",
                            "-027-01-15T08:00:00Z", "2027-13-15T08:00:00Z", "Mon, 01 Jan 2026 00:00:00 GMT"}) {
    EXPECT_FALSE(read_timestamp(wrong)) << wrong;
  }
}

std::string problem(std::string_view text, CredentialsForm form) {
  const CredentialsReading reading = read_credentials(text, form);
  EXPECT_NE(reading.credentials.has_value(), !reading.problem.empty()) << text;
  return reading.problem;
}

TEST(CredentialsReader, ReadsEachForm) {
  const auto check = [](std::string_view text, CredentialsForm form) {
    SCOPED_TRACE(text);
    const CredentialsReading reading = read_credentials(text, form);
    ASSERT_TRUE(reading.credentials) << reading.problem;
    EXPECT_EQ(reading.credentials->access_key_id, "K");
    EXPECT_EQ(reading.credentials->secret_access_key, "S/+&<");
    EXPECT_EQ(reading.credentials->session_token, "T=");
    EXPECT_EQ(reading.credentials->expires, read_timestamp("2027-01-15T08:00:00Z"));
  };
  check(R"({"AccessKeyId":"K","SecretAccessKey":"S/+&<","Token":"T=","Expiration":"2027-01-15T08:00:00Z"})",
        CredentialsForm::agent);
  check(
      R"({"Version":1,"AccessKeyId":"K","SecretAccessKey":"S/+&<","SessionToken":"T=","Expiration":"2027-01-15T08:00:00Z"})",
      CredentialsForm::process);
  check(
      R"({"roleCredentials":{"accessKeyId":"K","secretAccessKey":"S/+&<","sessionToken":"T=","expiration":1800000000000}})",
      CredentialsForm::portal);
  check(
      "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>"
      "<AccessKeyId>K</AccessKeyId><SecretAccessKey>S/+&amp;&lt;</SecretAccessKey><SessionToken>\n T=\n"
      "</SessionToken><Expiration>2027-01-15T08:00:00Z</Expiration></Credentials></AssumeRoleResult>"
      "</AssumeRoleResponse>",
      CredentialsForm::sts);
}

TEST(CredentialsReader, AProgramMayGiveKeysThatDoNotExpire) {
  const auto reading = read_credentials(R"({"Version":1,"AccessKeyId":"K","SecretAccessKey":"S","SessionToken":null})",
                                        CredentialsForm::process);
  ASSERT_TRUE(reading.credentials);
  EXPECT_EQ(reading.credentials->session_token, "");
  EXPECT_FALSE(reading.credentials->expires);
}

TEST(CredentialsReader, NamesWhatIsWrong) {
  using enum CredentialsForm;
  EXPECT_EQ(problem("<html>no</html>", agent), "it is no JSON");
  EXPECT_EQ(problem("[1]", agent), "it is no JSON object");
  EXPECT_EQ(problem("{}", agent), "AccessKeyId is missing");
  EXPECT_EQ(problem(std::string{"{}\0{", 4}, agent), "it is no JSON");
  EXPECT_EQ(problem(std::string(100'000, '['), agent), "it is no JSON");
  EXPECT_EQ(problem(R"({"AccessKeyId":7})", agent), "AccessKeyId is no string");
  EXPECT_EQ(problem(R"({"AccessKeyId":"K","SecretAccessKey":"S"})", agent), "Token is missing");
  EXPECT_EQ(problem(R"({"AccessKeyId":"K","SecretAccessKey":"S","Token":"T"})", agent), "Expiration is missing");
  EXPECT_EQ(problem(R"({"AccessKeyId":"K","SecretAccessKey":"S","Token":"T\r\nX: y","Expiration":"x"})", agent),
            "Token holds what cannot be sent in a header");
  EXPECT_EQ(problem(R"({"AccessKeyId":"K","SecretAccessKey":"S","Token":"T","Expiration":"soon"})", agent),
            "Expiration is no time such as 2026-01-02T03:04:05Z");
  EXPECT_EQ(problem(R"({"Code":"AssumeRoleUnauthorizedAccess","Message":"not\nyours"})", agent),
            "AssumeRoleUnauthorizedAccess: not yours");
  EXPECT_EQ(problem(R"({"AccessKeyId":"K","SecretAccessKey":"S"})", process), "Version is missing");
  EXPECT_EQ(problem(R"({"Version":2,"AccessKeyId":"K","SecretAccessKey":"S"})", process), "Version is not 1");
  EXPECT_EQ(problem(R"({"Version":"1","AccessKeyId":"K","SecretAccessKey":"S"})", process), "Version is not 1");
  EXPECT_EQ(problem(R"({"roleCredentials":[]})", portal), "roleCredentials is missing");
  EXPECT_EQ(problem(R"({"roleCredentials":{"accessKeyId":"K","secretAccessKey":"S","sessionToken":"T"}})", portal),
            "expiration is no number of milliseconds");
  EXPECT_EQ(problem("<a/>", sts), "AccessKeyId is missing");
  EXPECT_EQ(problem("{}", sts), "it is no XML");
}

TEST(CredentialsReader, ReadsErrors) {
  EXPECT_EQ(read_error_words(R"({"message":"m","__type":"t"})").code, "t");
  EXPECT_EQ(read_error_words(R"({"code":"c","message":"m"})").message, "m");
  EXPECT_EQ(read_error_words("<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>a &amp; b"
                             "</Message></Error></ErrorResponse>")
                .message,
            "a & b");
  for (const char* other : {"", "<html><p>no", "nonsense", "[]", "7"})
    EXPECT_EQ(read_error_words(other).code, "") << other;
}

TEST(Secrets, QuotedWordsAreOneShortLineWithoutThem) {
  EXPECT_EQ(quotable("a\r\nb\x7F"), "a  b ");
  EXPECT_EQ(quotable("the token abc123 is wrong: abc123", {"abc123", ""}), "the token *** is wrong: ***");
  EXPECT_EQ(quotable("\xFF"), "(words that are no UTF-8)");
  EXPECT_EQ(quotable(std::string(400, 'x')), std::string(300, 'x') + "...");
  const std::string keys = quotable(std::string(299, 'x') + "\u9375\u9375");
  EXPECT_EQ(keys, std::string(299, 'x') + "...") << "no half of a character";
}

TEST(Secrets, FitIntoAHeaderWhenTheyArePlain) {
  EXPECT_TRUE(fits_a_header("abc/+="));
  for (const std::string_view wrong : {"", "a b", "a\n", "a\xC3\xA9"})
    EXPECT_FALSE(fits_a_header(wrong)) << wrong;
  EXPECT_FALSE(fits_a_header({"a\0", 2}));
}

TEST(Secrets, AreWipedWithWhatALongerOneLeft) {
  std::string text = "a secret that is long enough for the heap";
  text = "x";
  const char* left = text.data();
  const std::size_t room = text.capacity();
  ASSERT_GT(room, 30U);
  wipe(text);
  EXPECT_EQ(text, "");
  EXPECT_EQ(std::string_view(left, room).find("secret"), std::string_view::npos);
}

}  // namespace
}  // namespace aiokpl::aws
