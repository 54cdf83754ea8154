#include "codec/base64.hpp"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace aiokpl::codec {
namespace {

std::string to_base64(std::string_view bytes) {
  std::string text;
  append_base64(bytes, text);
  return text;
}

TEST(Base64Test, GoesThereAndBackAtEveryLength) {
  std::mt19937 random{3};
  for (std::size_t size = 0; size < 100; ++size) {
    std::string bytes(size, '\0');
    for (char& byte : bytes)
      byte = static_cast<char>(random());
    const std::string text = to_base64(bytes);
    EXPECT_EQ(text.size(), base64_size(size));
    EXPECT_EQ(base64_decoded_size(text), size);
    EXPECT_EQ(from_base64(text), bytes);
  }
}

TEST(Base64Test, IsThatOfTheStandard) {
  EXPECT_EQ(to_base64(""), "");
  EXPECT_EQ(to_base64("any carnal pleas"), "YW55IGNhcm5hbCBwbGVhcw==");
  EXPECT_EQ(to_base64("\xfb\xff"), "+/8=");
}

TEST(Base64Test, AppendsBehindWhatIsThere) {
  std::string text = "\"";
  append_base64("a", text);
  EXPECT_EQ(text, "\"YQ==");
}

TEST(Base64Test, RefusesWhatIsNone) {
  for (const char* wrong : {"Y", "YW5", "YW5=5", "YW=5", "====", "=", "Y===", "YW55\n", "YW-5", "YQ==YQ=="})
    EXPECT_FALSE(from_base64(wrong).has_value()) << wrong;
}

TEST(Base64Test, RefusesASecondTextForTheSameBytes) {
  EXPECT_EQ(from_base64("YQ=="), "a");
  EXPECT_FALSE(from_base64("YR==").has_value());
  EXPECT_FALSE(from_base64("YWJ=").has_value());
}

}  // namespace
}  // namespace aiokpl::codec
