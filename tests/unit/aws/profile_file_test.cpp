#include "aws/profile_file.hpp"

#include <array>
#include <new>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace aiokpl::aws {
namespace {

std::string value_of(const ProfileSections& sections, std::string_view header, std::string_view key) {
  for (const auto& [name, section] : sections) {
    if (name != header) continue;
    const auto found = section.find(key);
    return found == section.end() ? "(no such key)" : found->second.text.text();
  }
  return "(no such section)";
}

std::string one_value(std::string_view text) {
  return value_of(parse_profile_file(text, "file"), "a", "k");
}

std::string refusal(std::string_view text) {
  try {
    (void)parse_profile_file(text, "/home/me/config");
  } catch (const ProfileError& error) {
    return error.what();
  }
  return "(taken)";
}

TEST(ProfileFile, TakesTheFormsOfALine) {
  struct Case {
    std::string_view text;
    std::string value;
  };
  const std::vector<Case> cases{
      {"[a]\nk = v\n", "v"},
      {"[a]\nk=v", "v"},
      {"[a]\nK: v", "v"},
      {"[a]\nk = a=b:c==\n", "a=b:c=="},
      {"[a]\r\nk = v\r\n", "v"},
      {"[a]\rk = v\r", "v"},
      {"[a] # c ]\nk = v", "(no such section)"},  // up to the last bracket
      {"[a] # c\nk = v # no comment\n", "v # no comment"},
      {"# c\n[a]\n  ; c\nk = v ; no comment", "v ; no comment"},
      {"[a]\n\tk\t=\t v \t\n", "v"},
      {"[a]\nk =\xC2\xA0v\xE3\x80\x80\n", "v"},
      {"[a]\nk =\n", ""},
      {"[a]\nk = v\n  w\n\n  x\n\nl = y", "v\nw\n\nx"},
      {"[a]\n  k = v\n  l = w\n", "v"},  // no further than the key: a key of its own
      {"[a]\nk = v\n# between\n  w", "v\nw"},
      {"[DEFAULT]\nk = v\n[a]\n", "v"},
      {"[a]\nk = own\n[DEFAULT]\nk = v\n", "own"},
      {"[a]\nl = v\n", "(no such key)"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(one_value(c.text), c.value) << c.text;
  }
}

TEST(ProfileFile, TakesIndentedBlocksApart) {
  const auto sections =
      parse_profile_file("[services s]\nKinesis =\n\n  Endpoint_URL = http://k:1/?a=b\n  # c\n  x=\n", "f");
  const ProfileValue& value = sections.at(0).second.find("kinesis")->second;
  ASSERT_TRUE(value.is_nested);
  EXPECT_EQ(value.nested.size(), 2U);
  EXPECT_EQ(value.nested.find("Endpoint_URL")->second.text(), "http://k:1/?a=b");
  EXPECT_EQ(value.nested.find("x")->second.text(), "");
}

TEST(ProfileFile, RefusesByFileAndLine) {
  struct Case {
    std::string_view text;
    std::string_view words;
  };
  const std::vector<Case> cases{
      {"k = v\n", ":1: expected a section such as [default] before anything else"},
      {"[a]\n\nsesame\n", ":3: expected [section], key = value, or a line that is indented"},
      {"[a]\r\n= sesame\r\n", ":2: expected a key before the \"=\""},
      {"[a\nk = v\n", ":1: expected a section such as [default] before anything else"},
      {"[a]\n[]\n", ":2: expected [section], key = value, or a line that is indented"},
      {"[a]\nk = 1\n[b]\n[a]\n", ":4: the section of line 1 comes twice"},
      {"[a]\nk = sesame\nK = sesame\n", ":3: the key of line 2 comes twice"},
      {"[a]\nk =\n  x = y\n  sesame\n", ":4: expected key = value in an indented block"},
      {"[a]\nk = \xFF\n", ":2: not UTF-8"},
      {"\xEF\xBB\xBF[a]\n", ":1: the file begins with a byte order mark; save it as UTF-8 without"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(refusal(c.text), std::string{"/home/me/config"}.append(c.words)) << c.text;
  }
}

TEST(ProfileFile, TheSameKeyMayStandInTwoSections) {
  const auto sections = parse_profile_file("[a]\nk = 1\n[b]\nk = 2\n[DEFAULT]\nk = 3\n[DEFAULT]\nl = 4\n", "f");
  EXPECT_EQ(value_of(sections, "a", "k"), "1");
  EXPECT_EQ(value_of(sections, "b", "k"), "2");
  EXPECT_EQ(value_of(sections, "b", "l"), "4");
}

TEST(SectionName, IsQuotedAsInAShell) {
  EXPECT_EQ(section_name("profile a", "profile"), "a");
  EXPECT_EQ(section_name("profile\t \"a b\" ", "profile"), "a b");
  EXPECT_EQ(section_name("profile 'a \"b\\'", "profile"), "a \"b\\");
  EXPECT_EQ(section_name(R"(profile a\ b"c"'d')", "profile"), "a bcd");
  EXPECT_EQ(section_name(R"(profile "a\"b\\c\d")", "profile"), R"(a"b\c\d)");
  EXPECT_EQ(section_name("profile \"\"", "profile"), "");
  EXPECT_EQ(section_name("sso-session corp", "sso-session"), "corp");
  for (const char* other : {"profile", "profile a b", "profile \"a", "profile a\\", "default", "services a", ""}) {
    EXPECT_EQ(section_name(other, "profile"), std::nullopt) << other;
  }
}

// The buffer belongs to the test, so that what is left in it may be looked at.
TEST(SecretText, IsWiped) {
  alignas(SecretText) std::array<char, sizeof(SecretText)> place{};
  auto* secret = new (place.data()) SecretText{"open-sesame"};
  *secret = SecretText{"x"};  // what a longer one left behind goes too
  secret->append("-token-7");
  secret->~SecretText();
  const std::string_view left{place.data(), place.size()};
  EXPECT_EQ(left.find("sesame"), std::string_view::npos);
  EXPECT_EQ(left.find("token"), std::string_view::npos);
}

TEST(SecretText, GrowsByPieces) {
  SecretText secret;
  std::string all;
  for (int i = 0; i < 1000; ++i) {
    secret.append("piece " + std::to_string(i));
    all += "piece " + std::to_string(i);
  }
  EXPECT_EQ(secret.text(), all);
}

}  // namespace
}  // namespace aiokpl::aws
