#include "pipeline/key_table.hpp"

#include <string>

#include <gtest/gtest.h>

namespace aiokpl::pipeline::test {
namespace {

TEST(KeyTableTest, FindsWhatWasAddedAndNothingElse) {
  KeyTable table;
  EXPECT_EQ(table.find(1, "user"), KeyTable::none);
  table.add(1, "user", 7);
  EXPECT_EQ(table.find(1, "user"), 7U);
  EXPECT_EQ(table.find(1, "use"), KeyTable::none);
  EXPECT_EQ(table.find(2, "other"), KeyTable::none);
}

TEST(KeyTableTest, KeysWithOneTagStayApartByTheirBytes) {
  KeyTable table;
  for (std::uint32_t i = 0; i < 3; ++i) {
    static const std::string keys[]{"a", "b", "c"};
    table.add(42, keys[i], i);
  }
  EXPECT_EQ(table.find(42, "a"), 0U);
  EXPECT_EQ(table.find(42, "b"), 1U);
  EXPECT_EQ(table.find(42, "c"), 2U);
  EXPECT_EQ(table.find(42, "d"), KeyTable::none);
}

TEST(KeyTableTest, GrowsWithItsKeys) {
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < 5'000; ++i)
    keys.push_back("key-" + std::to_string(i));
  KeyTable table;
  for (std::uint32_t i = 0; i < keys.size(); ++i)
    table.add(i % 97 * 64, keys[i], i);  // many share a tag, and their low bits
  for (std::uint32_t i = 0; i < keys.size(); ++i)
    ASSERT_EQ(table.find(i % 97 * 64, keys[i]), i);
  EXPECT_EQ(table.find(64, "key-5000"), KeyTable::none);
}

TEST(KeyTableTest, ClearForgetsAndTheTableServesOn) {
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < 200; ++i)
    keys.push_back(std::to_string(i));
  KeyTable table;
  // A full round, then small ones in which the table shrinks, then a full one again.
  for (const std::uint32_t used : {200U, 3U, 0U, 1U, 2U, 1U, 200U}) {
    for (std::uint32_t i = 0; i < used; ++i)
      table.add(i, keys[i], i);
    for (std::uint32_t i = 0; i < used; ++i)
      ASSERT_EQ(table.find(i, keys[i]), i);
    table.clear();
    for (std::uint32_t i = 0; i < keys.size(); ++i)
      ASSERT_EQ(table.find(i, keys[i]), KeyTable::none) << "after clear";
  }
  table.add(1, keys[1], 1);
  table.release();
  EXPECT_EQ(table.find(1, keys[1]), KeyTable::none);
  table.add(1, keys[1], 5);
  EXPECT_EQ(table.find(1, keys[1]), 5U);
}

}  // namespace
}  // namespace aiokpl::pipeline::test
