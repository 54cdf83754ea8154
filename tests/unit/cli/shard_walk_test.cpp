#include "cli/shard_walk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aiokpl::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

WalkShard open_shard(std::string id, std::vector<std::string> parents = {}) {
  return {.id = std::move(id), .parents = std::move(parents)};
}

WalkShard closed_shard(std::string id, std::vector<std::string> parents = {}) {
  return {.id = std::move(id), .parents = std::move(parents), .closed = true};
}

std::string name_of(Begin begin) {
  return begin == Begin::oldest ? "oldest" : begin == Begin::latest ? "latest" : "time";
}

/// "0 oldest"
std::vector<std::string> taken(ShardWalk& walk) {
  std::vector<std::string> all;
  for (const ShardToRead& shard : walk.take_ready())
    all.push_back(shard.id + " " + name_of(shard.begin));
  return all;
}

TEST(ShardWalk, WithoutReshardingEveryShardIsReadAtOnceAndOnce) {
  ShardWalk walk{Begin::oldest};
  walk.listed({open_shard("0"), open_shard("1")});
  EXPECT_THAT(taken(walk), ElementsAre("0 oldest", "1 oldest"));
  walk.listed({open_shard("0"), open_shard("1")});
  EXPECT_THAT(taken(walk), IsEmpty());
  EXPECT_TRUE(walk.reading());
  EXPECT_FALSE(walk.wants_list());
}

TEST(ShardWalk, ASplitWhileReadingIsFollowedAfterTheParent) {
  ShardWalk walk{Begin::oldest};
  walk.listed({open_shard("0")});
  EXPECT_THAT(taken(walk), ElementsAre("0 oldest"));

  walk.listed({closed_shard("0"), open_shard("1", {"0"}), open_shard("2", {"0"})});
  EXPECT_THAT(taken(walk), IsEmpty()) << "the parent still has records to give";

  walk.ended("0", {});
  EXPECT_THAT(taken(walk), ElementsAre("1 oldest", "2 oldest"));
  EXPECT_FALSE(walk.wants_list());
}

TEST(ShardWalk, TheEndOfAShardTellsItsChildren) {
  ShardWalk walk{Begin::oldest};
  walk.listed({open_shard("0")});
  EXPECT_THAT(taken(walk), ElementsAre("0 oldest"));
  walk.ended("0", {open_shard("1", {"0"}), open_shard("2", {"0"})});
  EXPECT_FALSE(walk.wants_list());
  EXPECT_THAT(taken(walk), ElementsAre("1 oldest", "2 oldest"));
}

TEST(ShardWalk, AnEndWithoutChildrenWantsAListUntilTheyShowUp) {
  ShardWalk walk{Begin::oldest};
  walk.listed({open_shard("0")});
  EXPECT_THAT(taken(walk), ElementsAre("0 oldest"));
  walk.ended("0", {});
  EXPECT_FALSE(walk.reading());
  EXPECT_TRUE(walk.wants_list());
  walk.listed({closed_shard("0")});
  EXPECT_TRUE(walk.wants_list());
  // A list in any order.
  walk.listed({open_shard("1", {"0"}), closed_shard("0")});
  EXPECT_FALSE(walk.wants_list());
  EXPECT_THAT(taken(walk), ElementsAre("1 oldest"));
}

TEST(ShardWalk, AMergedShardWaitsForBothParents) {
  ShardWalk walk{Begin::oldest};
  walk.listed({open_shard("0"), open_shard("1")});
  EXPECT_THAT(taken(walk), ElementsAre("0 oldest", "1 oldest"));
  const WalkShard child = open_shard("2", {"0", "1"});
  walk.ended("1", {child});
  EXPECT_THAT(taken(walk), IsEmpty());
  walk.ended("0", {child});
  EXPECT_THAT(taken(walk), ElementsAre("2 oldest"));
}

TEST(ShardWalk, AChildListedBeforeItsParentsIsHeldBackAllTheSame) {
  ShardWalk walk{Begin::oldest};
  walk.listed({open_shard("0", {"8", "9"}), closed_shard("8"), closed_shard("9")});
  EXPECT_THAT(taken(walk), ElementsAre("8 oldest", "9 oldest"));
  walk.ended("8", {});
  walk.ended("9", {});
  EXPECT_FALSE(walk.wants_list());
  EXPECT_THAT(taken(walk), ElementsAre("0 oldest"));
}

TEST(ShardWalk, GenerationsComeOneAfterTheOther) {
  ShardWalk walk{Begin::oldest};
  walk.listed({closed_shard("0"), closed_shard("1", {"0"}), closed_shard("2", {"0"}), open_shard("3", {"1", "2"})});
  EXPECT_THAT(taken(walk), ElementsAre("0 oldest"));
  walk.ended("0", {});
  EXPECT_THAT(taken(walk), ElementsAre("1 oldest", "2 oldest"));
  walk.ended("2", {});
  EXPECT_THAT(taken(walk), IsEmpty());
  walk.ended("1", {});
  EXPECT_THAT(taken(walk), ElementsAre("3 oldest"));
}

TEST(ShardWalk, AParentThatIsNoLongerKeptIsNotWaitedFor) {
  ShardWalk walk{Begin::oldest};
  walk.listed({open_shard("5", {"2"})});
  EXPECT_THAT(taken(walk), ElementsAre("5 oldest"));
}

TEST(ShardWalk, FromTheLatestClosedShardsAreSkippedAndChildrenThatAppearAreReadFromTheirBeginning) {
  ShardWalk walk{Begin::latest};
  walk.listed({closed_shard("0"), open_shard("1", {"0"}), open_shard("2", {"0"})});
  EXPECT_THAT(taken(walk), ElementsAre("1 latest", "2 latest"));

  walk.listed({closed_shard("0"), closed_shard("1", {"0"}), open_shard("2", {"0"}), open_shard("3", {"1"}),
               open_shard("4", {"1"})});
  EXPECT_THAT(taken(walk), IsEmpty());
  walk.ended("1", {});
  EXPECT_THAT(taken(walk), ElementsAre("3 oldest", "4 oldest"));
  EXPECT_FALSE(walk.wants_list());
}

TEST(ShardWalk, FromTheLatestAChildThatTheFirstListMissedIsReadThoughItsParentWasSkipped) {
  ShardWalk walk{Begin::latest};
  walk.listed({closed_shard("0"), open_shard("1")});
  EXPECT_THAT(taken(walk), ElementsAre("1 latest"));
  walk.listed({closed_shard("0"), open_shard("1"), open_shard("2", {"0"})});
  EXPECT_THAT(taken(walk), ElementsAre("2 oldest"));
}

TEST(ShardWalk, SinceAMomentClosedShardsAreReadTooInOrder) {
  ShardWalk walk{Begin::time};
  walk.listed({closed_shard("0"), open_shard("1", {"0"}), open_shard("2", {"0"})});
  EXPECT_THAT(taken(walk), ElementsAre("0 time"));
  walk.ended("0", {});
  EXPECT_THAT(taken(walk), ElementsAre("1 time", "2 time"));
  walk.ended("1", {open_shard("3", {"1"})});
  EXPECT_THAT(taken(walk), ElementsAre("3 oldest"));
}

TEST(ShardWalk, OneShardIsReadWithoutParentsAndChildren) {
  ShardWalk walk{Begin::oldest, "1"};
  walk.listed({closed_shard("0"), closed_shard("1", {"0"}), open_shard("2", {"1"})});
  EXPECT_TRUE(walk.knows("1"));
  EXPECT_FALSE(walk.knows("2"));
  EXPECT_THAT(taken(walk), ElementsAre("1 oldest"));
  walk.ended("1", {open_shard("2", {"1"})});
  EXPECT_THAT(taken(walk), IsEmpty());
  EXPECT_FALSE(walk.reading());
  EXPECT_FALSE(walk.wants_list());
}

TEST(ShardWalk, AnEndThatIsToldTwiceOrOfAShardThatIsNotReadChangesNothing) {
  ShardWalk walk{Begin::oldest};
  walk.listed({open_shard("0"), open_shard("1", {"0"})});
  EXPECT_THAT(taken(walk), ElementsAre("0 oldest"));
  walk.ended("1", {});
  walk.ended("7", {});
  EXPECT_THAT(taken(walk), IsEmpty());
  walk.ended("0", {});
  walk.ended("0", {});
  EXPECT_THAT(taken(walk), ElementsAre("1 oldest"));
  EXPECT_TRUE(walk.reading());
}

}  // namespace
}  // namespace aiokpl::cli
