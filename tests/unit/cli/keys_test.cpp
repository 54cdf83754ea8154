#include "cli/keys.hpp"

#include <gtest/gtest.h>

#include "cli/exit_status.hpp"

namespace aiokpl::cli {
namespace {

struct FieldCase {
  const char* json;
  const char* pointer;
  const char* found;  // null: nothing
};

class FieldOfJson : public testing::TestWithParam<FieldCase> {};

TEST_P(FieldOfJson, FollowsThePointer) {
  std::string problem;
  const auto found = field_of_json(GetParam().json, GetParam().pointer, problem);
  if (GetParam().found == nullptr) {
    EXPECT_FALSE(found.has_value());
    EXPECT_FALSE(problem.empty());
  } else {
    ASSERT_TRUE(found.has_value()) << problem;
    EXPECT_EQ(*found, GetParam().found);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Pointers, FieldOfJson,
    testing::Values(
        FieldCase{R"({"a":"x"})", "/a", "x"}, FieldCase{R"({"b":{"a":1},"a":{"b":"x"}})", "/a/b", "x"},
        FieldCase{R"({"a":{"a":"deep"},"b":1})", "/a", nullptr}, FieldCase{R"({"a":[10,[20,"x"],30]})", "/a/1/1", "x"},
        FieldCase{R"({"a":[10,[20,"x"],30]})", "/a/2", "30"}, FieldCase{R"({"a":[1]})", "/a/1", nullptr},
        FieldCase{R"({"a/b":"x","m~n":"y"})", "/a~1b", "x"}, FieldCase{R"({"a/b":"x","m~n":"y"})", "/m~0n", "y"},
        FieldCase{R"({"":"empty name"})", "/", "empty name"}, FieldCase{R"("alone")", "", "alone"},
        FieldCase{R"({"a":true})", "/a", "true"}, FieldCase{R"({"a":-7})", "/a", "-7"},
        FieldCase{R"({"a":1.50})", "/a", "1.50"}, FieldCase{R"({"a":null})", "/a", nullptr},
        // More digits than any number type has.
        FieldCase{R"({"h":340282366920938463463374607431768211455})", "/h", "340282366920938463463374607431768211455"},
        FieldCase{R"({"a":"x")", "/a", nullptr}, FieldCase{"", "/a", nullptr},
        FieldCase{R"({"a":"x"} trailing)", "/a", nullptr}));

// nlohmann-json takes a zero byte for the end: half a record would pass for a record.
TEST(FieldOfJsonTest, AZeroByteIsNoEnd) {
  using namespace std::string_literals;
  for (const std::string& text : {"{\"a\":\"x\"}\0"s, "{\"a\":\"x\"}\0 lost"s}) {
    std::string problem;
    EXPECT_FALSE(field_of_json(text, "/a", problem).has_value());
    EXPECT_FALSE(problem.empty());
  }
}

TEST(KeyRules, PointersAreCheckedOnce) {
  EXPECT_NO_THROW(check_pointer("--key-field", "/a/b~0c"));
  EXPECT_NO_THROW(check_pointer("--key-field", ""));
  for (const char* wrong : {"a", "user/id", "/a~", "/a~2"})
    EXPECT_THROW(check_pointer("--key-field", wrong), CommandError) << wrong;
}

TEST(KeyRules, TheFieldIsLookedForInTheDataBehindADelimiter) {
  InputBatch batch;
  InputRecord record;
  std::string problem;
  const KeyRules rules{.delimiter = "=>", .explicit_hash_key_field = "/h"};
  ASSERT_TRUE(apply_keys(rules, R"(user=>{"h":"12"})", batch, record, problem)) << problem;
  EXPECT_EQ(record.partition_key, "user");
  EXPECT_EQ(record.explicit_hash_key, "12");
  EXPECT_EQ(record.data, R"({"h":"12"})");
}

TEST(KeyRules, AFixedKeyFillsInWhereTheDelimiterIsMissing) {
  InputBatch batch;
  std::string problem;
  const KeyRules rules{.partition_key = "fixed", .delimiter = ":"};
  InputRecord with;
  ASSERT_TRUE(apply_keys(rules, "k:v:w", batch, with, problem));
  EXPECT_EQ(with.partition_key, "k");
  EXPECT_EQ(with.data, "v:w");
  InputRecord without;
  ASSERT_TRUE(apply_keys(rules, "plain", batch, without, problem));
  EXPECT_EQ(without.partition_key, "fixed");
}

}  // namespace
}  // namespace aiokpl::cli
