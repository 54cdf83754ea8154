#include "cli/shard_choice.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "cli/exit_status.hpp"

namespace aiokpl::cli {
namespace {

using ::testing::HasSubstr;

// Small numbers are hash keys too.
aws::Shard shard(std::string id, std::uint64_t first, std::uint64_t last, bool open = true) {
  return {.id = std::move(id), .range = {{0, first}, {0, last}}, .open = open};
}

std::string refusal(auto attempt) {
  try {
    static_cast<void>(attempt());
  } catch (const CommandError& error) {
    EXPECT_EQ(error.status(), ExitStatus::usage);
    return error.what();
  }
  ADD_FAILURE() << "nothing was refused";
  return {};
}

TEST(ChooseSplit, TheMiddleOfTheWidestOpenShard) {
  const std::vector<aws::Shard> shards{shard("closed", 0, 999, false), shard("a", 0, 99), shard("b", 100, 799),
                                       shard("c", 800, 999)};

  EXPECT_EQ(choose_split(shards, {}, {}), (SplitChoice{"b", {0, 450}}));
}

TEST(ChooseSplit, TheMiddleOfAllKeysIsHalfOfTwoToThe128) {
  const std::vector<aws::Shard> shards{{.id = "all"}};

  EXPECT_EQ(choose_split(shards, {}, {}), (SplitChoice{"all", {std::uint64_t{1} << 63, 0}}));
}

TEST(ChooseSplit, TwoKeysBecomeOneAndOne) {
  EXPECT_EQ(choose_split({shard("a", 6, 7)}, {}, {}), (SplitChoice{"a", {0, 7}}));
}

TEST(ChooseSplit, WhatIsGivenIsTaken) {
  const std::vector<aws::Shard> shards{shard("a", 0, 99), shard("b", 100, 799)};

  EXPECT_EQ(choose_split(shards, "a", {}), (SplitChoice{"a", {0, 50}}));
  EXPECT_EQ(choose_split(shards, "a", HashKey{0, 3}), (SplitChoice{"a", {0, 3}}));
  EXPECT_EQ(choose_split(shards, {}, HashKey{0, 700}), (SplitChoice{"b", {0, 700}})) << "the shard that holds it";
}

TEST(ChooseSplit, RefusesWhatCannotBeSplit) {
  const std::vector<aws::Shard> shards{shard("closed", 0, 99, false), shard("a", 0, 99), shard("one", 100, 100)};
  const auto split = [&](std::optional<std::string> id, std::optional<HashKey> at) {
    return refusal([&] { return choose_split(shards, id, at); });
  };

  EXPECT_THAT(split("closed", {}), HasSubstr("is closed already"));
  EXPECT_THAT(split("absent", {}), HasSubstr("there is no shard absent"));
  EXPECT_THAT(split("one", {}), HasSubstr("a single hash key"));
  EXPECT_THAT(split("a", HashKey{0, 0}), HasSubstr("leaves nothing")) << "the lower half would be empty";
  EXPECT_THAT(split("a", HashKey{0, 100}), HasSubstr("leaves nothing"));
  EXPECT_THAT(split({}, HashKey{0, 101}), HasSubstr("no open shard holds"));
  EXPECT_THAT(refusal([] { return choose_split({}, {}, {}); }), HasSubstr("no open shard"));
}

TEST(ChooseMerge, TheTwoNarrowestNeighbours) {
  // b and d are the narrowest, but no neighbours; c with d is less than a with b or b with c.
  const std::vector<aws::Shard> shards{shard("d", 300, 309), shard("a", 0, 199),   shard("closed", 300, 999, false),
                                       shard("c", 210, 299), shard("b", 200, 209), shard("e", 310, 999)};

  EXPECT_EQ(choose_merge(shards, {}), (MergeChoice{"b", "c"})) << "the lower one first; b+c and c+d are equally narrow";
}

TEST(ChooseMerge, AGapMakesNoNeighbours) {
  // While a list of shards is behind, an open shard may be missing between two others.
  const std::vector<aws::Shard> shards{shard("a", 0, 9), shard("c", 20, 29), shard("d", 30, 999)};

  EXPECT_EQ(choose_merge(shards, {}), (MergeChoice{"c", "d"}));
}

TEST(ChooseMerge, WhatIsGivenIsTakenInEitherOrder) {
  const std::vector<aws::Shard> shards{shard("a", 0, 9), shard("b", 10, 19), shard("c", 20, 29)};

  EXPECT_EQ(choose_merge(shards, MergeChoice{"c", "b"}), (MergeChoice{"b", "c"}));
}

TEST(ChooseMerge, RefusesWhatCannotBeMerged) {
  const std::vector<aws::Shard> shards{shard("a", 0, 9), shard("b", 10, 19), shard("c", 20, 29)};

  EXPECT_THAT(refusal([&] { return choose_merge(shards, MergeChoice{"a", "c"}); }), HasSubstr("are no neighbours"));
  EXPECT_THAT(refusal([&] { return choose_merge(shards, MergeChoice{"a", "a"}); }), HasSubstr("are no neighbours"));
  EXPECT_THAT(refusal([&] { return choose_merge(shards, MergeChoice{"a", "z"}); }), HasSubstr("there is no shard z"));
  EXPECT_THAT(refusal([] { return choose_merge({shard("a", 0, 9)}, {}); }), HasSubstr("no two open shards"));
}

TEST(ChooseMerge, TheEndsOfAllKeysAreNoNeighbours) {
  const aws::Shard low{.id = "low", .range = {{0, 0}, {0, 9}}};
  const aws::Shard high{.id = "high", .range = {{1, 0}, HashKey::max()}};

  EXPECT_THAT(refusal([&] { return choose_merge({low, high}, MergeChoice{"high", "low"}); }),
              HasSubstr("are no neighbours"));
}

TEST(ShareOfAllKeys, IsAFraction) {
  EXPECT_DOUBLE_EQ(share_of_all_keys({}), 1.0);
  EXPECT_DOUBLE_EQ(share_of_all_keys({{}, {(std::uint64_t{1} << 62) - 1, ~std::uint64_t{0}}}), 0.25);
  EXPECT_DOUBLE_EQ(share_of_all_keys({{0, 5}, {0, 5}}), 0.0);
}

}  // namespace
}  // namespace aiokpl::cli
