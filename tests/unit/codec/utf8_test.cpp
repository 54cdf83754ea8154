#include "codec/utf8.hpp"

#include <string>

#include <gtest/gtest.h>

namespace aiokpl::codec {
namespace {

struct Case {
  std::string text;
  std::size_t code_points;
};

TEST(Utf8, WellFormedTextIsValidAndCounted) {
  const Case cases[] = {{"", 0},
                        {"plain", 5},
                        {"longer than eight bytes", 23},
                        {"\xC2\x80", 1},
                        {"\xDF\xBF", 1},
                        {"\xE0\xA0\x80", 1},
                        {"\xED\x9F\xBF", 1},
                        {"\xEE\x80\x80", 1},
                        {"\xEF\xBF\xBF", 1},
                        {"\xF0\x90\x80\x80", 1},
                        {"\xF4\x8F\xBF\xBF", 1},
                        {"Z\xC3\xBCrich \xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E \xF0\x9F\x98\x80!", 13},
                        {std::string("\0nul", 4), 4}};
  for (const Case& test : cases) {
    // Every offset to the words of the fast path.
    for (std::size_t lead = 0; lead < 9; ++lead) {
      const std::string text = std::string(lead, 'x') + test.text;
      EXPECT_TRUE(valid_utf8(text)) << text;
      EXPECT_EQ(count_code_points(text), lead + test.code_points) << text;
    }
  }
}

TEST(Utf8, MalformedTextIsNotValid) {
  const char* const malformed[] = {
      "\x80",         "\xBF",          "\xC0\x80",         "\xC1\xBF",         "\xC2",         "\xC2x",
      "\xE0\x9F\xBF", "\xE2\x82",      "\xE2\x28\xA1",     "\xED\xA0\x80",     "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF",
      "\xF0\x9F\x98", "\xF0\x9F\x98x", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"};
  for (const std::string text : malformed) {
    for (std::size_t lead = 0; lead < 9; ++lead) {
      EXPECT_FALSE(valid_utf8(std::string(lead, 'x') + text));
      EXPECT_FALSE(valid_utf8(std::string(lead, 'x') + text + "xxxxxxxxx"));
    }
  }
}

}  // namespace
}  // namespace aiokpl::codec
