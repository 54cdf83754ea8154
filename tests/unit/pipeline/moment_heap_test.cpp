#include "pipeline/moment_heap.hpp"

#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "moments.hpp"
#include "pipeline/random.hpp"

namespace aiokpl::pipeline::test {
namespace {

TEST(MomentHeapTest, GivesTheEarliestAndLetsMomentsChange) {
  MomentHeap heap;
  EXPECT_EQ(heap.top_moment(), never);
  heap.set(5, start + 5ms);
  heap.set(3, start + 3ms);
  heap.set(9, start + 9ms);
  EXPECT_EQ(heap.top(), 3U);
  heap.set(9, start);
  EXPECT_EQ(heap.top(), 9U);
  heap.set(9, never);
  heap.remove(3);
  heap.remove(4);
  EXPECT_EQ(heap.top(), 5U);
}

TEST(MomentHeapTest, AgreesWithAPlainSearch) {
  Random random{11};
  MomentHeap heap;
  std::map<std::uint32_t, TimePoint> all;
  for (int i = 0; i < 20'000; ++i) {
    const auto id = static_cast<std::uint32_t>(random.next() % 50);
    if (random.uniform() < 0.3) {
      heap.remove(id);
      all.erase(id);
    } else {
      all[id] = start + 1ms * (random.next() % 1'000);
      heap.set(id, all[id]);
    }
    const auto earliest = std::ranges::min_element(all, {}, [](const auto& entry) { return entry.second; });
    ASSERT_EQ(heap.top_moment(), earliest == all.end() ? never : earliest->second);
  }
}

}  // namespace
}  // namespace aiokpl::pipeline::test
