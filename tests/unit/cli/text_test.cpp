#include "cli/text.hpp"

#include <gtest/gtest.h>

#include "cli/exit_status.hpp"

namespace aiokpl::cli {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

TEST(Text, NumbersForPeople) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(show_bytes(999), "999 B");
  EXPECT_EQ(show_bytes(1000), "1.0 kB");
  EXPECT_EQ(show_bytes(999'960), "1.0 MB");
  EXPECT_EQ(show_bytes(3'400'000'000), "3.4 GB");
  EXPECT_EQ(show_seconds(250ms), "250 ms");
  EXPECT_EQ(show_seconds(61s), "61.0 s");
}

TEST(Text, TimesThereAndBack) {
  const auto time = from_rfc3339("2026-11-24T04:13:39.123Z");
  ASSERT_TRUE(time.has_value());
  EXPECT_EQ(to_rfc3339(*time), "2026-11-24T04:13:39.123Z");
  EXPECT_EQ(from_rfc3339("2026-11-24T06:13:39.123+02:00"), time);
  EXPECT_EQ(from_rfc3339("2026-11-23T23:43:39.123-04:30"), time);
  EXPECT_EQ(to_rfc3339(*from_rfc3339("2024-02-29")), "2024-02-29T00:00:00.000Z");
  EXPECT_EQ(to_rfc3339(WallTime{-1ms}), "1969-12-31T23:59:59.999Z");
}

TEST(Text, RefusesWhatIsNoTime) {
  for (const char* wrong :
       {"", "yesterday", "2026-13-01", "2023-02-29", "2026-11-24T", "2026-11-24T04:13Z", "2026-11-24T04:13:39",
        "2026-11-24T24:00:00Z", "2026-11-24T04:13:39.Z", "2026-11-24T04:13:39Zz", "2026-11-24T04:13:39+0200"}) {
    EXPECT_FALSE(from_rfc3339(wrong).has_value()) << wrong;
  }
}

// Nanoseconds in 64 bits reach no further.
TEST(Text, RefusesTimesThatItCannotCount) {
  for (const char* far : {"0000-01-01", "1677-12-31T23:59:59Z", "2262-01-01", "9999-12-31T23:59:60.999999999-23:59"})
    EXPECT_FALSE(from_rfc3339(far).has_value()) << far;
  EXPECT_EQ(to_rfc3339(from_rfc3339("1678-01-01T00:00:00+23:59").value()), "1677-12-31T00:01:00.000Z");
  EXPECT_EQ(to_rfc3339(from_rfc3339("2261-12-31T23:59:60.999-23:59").value()), "2262-01-01T23:59:00.999Z");
}

TEST(Text, Escapes) {
  EXPECT_EQ(unescape(R"(a\tb\n\\n\x41\0)"), "a\tb\n\\nA\0"s);
  EXPECT_EQ(unescape("plain"), "plain");
  for (const char* wrong : {R"(\)", R"(\q)", R"(\x4)", R"(\xZZ)"})
    EXPECT_THROW(static_cast<void>(unescape(wrong)), CommandError) << wrong;
}

}  // namespace
}  // namespace aiokpl::cli
