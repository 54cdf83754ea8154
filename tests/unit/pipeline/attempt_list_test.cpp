#include "pipeline/attempt_list.hpp"

#include <gtest/gtest.h>

namespace aiokpl::pipeline::test {
namespace {

AttemptPtr attempt(std::size_t number) {
  return std::make_shared<const Attempt>(Attempt{.sequence_number = std::to_string(number)});
}

AttemptList attempts(std::size_t first, std::size_t last) {
  AttemptList list;
  for (std::size_t i = first; i <= last; ++i)
    list.add(attempt(i));
  return list;
}

std::vector<std::size_t> kept(const AttemptList& list) {
  std::vector<std::size_t> numbers;
  for (const Attempt& attempt : list.kept())
    numbers.push_back(std::stoul(*attempt.sequence_number));
  return numbers;
}

/// The first ten and the last ninety of 1 to `count`.
std::vector<std::size_t> first_and_last(std::size_t count) {
  std::vector<std::size_t> numbers;
  for (std::size_t i = 1; i <= count; ++i) {
    if (i <= 10 || i + 90 > count) numbers.push_back(i);
  }
  return numbers;
}

TEST(AttemptListTest, StartsEmpty) {
  const AttemptList none;
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(none.total(), 0U);
  EXPECT_EQ(none.omitted(), 0U);
  EXPECT_TRUE(none.kept().empty());
}

TEST(AttemptListTest, OfMoreThanAHundredTheFirstTenAndTheLastNinetyAreKeptWithTheCountOfTheRest) {
  AttemptList list;
  for (std::size_t count = 1; count <= 1'000; ++count) {
    list.add(attempt(count));
    ASSERT_EQ(list.total(), count);
    ASSERT_EQ(list.omitted(), count <= 100 ? 0U : count - 100);
    ASSERT_EQ(kept(list), first_and_last(count)) << "of " << count;
    ASSERT_EQ(list.last()->sequence_number, std::to_string(count));
  }
}

TEST(AttemptListTest, TriesMadeWithABatchFollowTheRecordsOwnHistory) {
  for (const std::size_t before : {0U, 1U, 9U, 50U, 100U, 101U, 250U}) {
    for (const std::size_t after : {1U, 40U, 100U, 189U, 300U}) {
      AttemptList list = attempts(1, before);
      list.add(attempts(before + 1, before + after));
      EXPECT_EQ(list.total(), before + after);
      const std::vector<std::size_t> numbers = kept(list);
      ASSERT_EQ(numbers.size(), std::min<std::size_t>(100, before + after)) << before << " and " << after;
      EXPECT_EQ(list.omitted(), before + after - numbers.size());
      EXPECT_EQ(numbers, first_and_last(before + after)) << before << " and " << after;
    }
  }
}

TEST(AttemptListTest, ACopyGoesItsOwnWay) {
  AttemptList list = attempts(1, 3);
  AttemptList copy = list;
  copy.add(attempt(4));
  EXPECT_EQ(kept(list), (std::vector<std::size_t>{1, 2, 3}));
  EXPECT_EQ(kept(copy), (std::vector<std::size_t>{1, 2, 3, 4}));
}

}  // namespace
}  // namespace aiokpl::pipeline::test
