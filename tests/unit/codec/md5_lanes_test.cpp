#include "codec/md5_lanes.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include "codec/md5_lane_kernel.hpp"
#include "unit/codec/bytes.hpp"

namespace aiokpl::codec {
namespace {

using testing::Bytes;

/// The instruction sets of this processor for which there is a kernel.
std::vector<std::int64_t> targets() {
  std::vector<std::int64_t> found;
  for (std::int64_t left = hwy::SupportedTargets(); left != 0; left &= left - 1)
    found.push_back(left & -left);
  return found;
}

/// Every test runs with every kernel.
class Md5Lanes : public ::testing::TestWithParam<std::int64_t> {
 protected:
  void SetUp() override { hwy::SetSupportedTargetsForTest(GetParam()); }
  void TearDown() override { hwy::SetSupportedTargetsForTest(0); }

  struct Message {
    Bytes bytes;
    std::vector<Piece> pieces;
    Md5Digest digest{};
  };

  void add(std::size_t size, std::size_t longest_piece) {
    Message& message = messages_.emplace_back();
    message.bytes = testing::random_bytes(random_, size);
    message.pieces = testing::random_pieces(random_, message.bytes, longest_piece);
  }

  void hash_and_compare() {
    std::vector<Md5Job> jobs;
    jobs.reserve(messages_.size());
    for (Message& message : messages_)
      jobs.push_back({message.pieces, &message.digest});
    md5_lanes(jobs);
    for (std::size_t i = 0; i < messages_.size(); ++i) {
      ASSERT_EQ(messages_[i].digest, md5(messages_[i].bytes)) << "message " << i << " of " << messages_.size();
    }
  }

  std::mt19937_64 random_{7};
  std::vector<Message> messages_;
};

TEST_P(Md5Lanes, NoJobsAreDoneAtOnce) {
  md5_lanes({});
}

TEST_P(Md5Lanes, LengthsAroundTheBlockBorders) {
  for (const std::size_t size : {0, 1, 55, 56, 63, 64, 65, 119, 120, 127, 128, 129, 192}) {
    for (const std::size_t longest : {1, 3, 63, 64, 65, 1000})
      add(size, longest);
  }
  hash_and_compare();
}

TEST_P(Md5Lanes, AnyNumberOfJobsFromOneToMoreThanTheLanes) {
  for (std::size_t count = 1; count <= md5_max_lanes + 3; ++count) {
    messages_.clear();
    for (std::size_t i = 0; i < count; ++i)
      add(random_() % 700, 150);
    hash_and_compare();
  }
}

TEST_P(Md5Lanes, LongAndShortMessagesShareTheLanes) {
  for (int i = 0; i < 200; ++i)
    add(i % 17 == 0 ? 20'000 + random_() % 20'000 : random_() % 300, 1 + random_() % 5'000);
  hash_and_compare();
}

TEST_P(Md5Lanes, MessagesOfEmptyPiecesOnly) {
  for (int i = 0; i < 5; ++i)
    messages_.push_back({.bytes = {}, .pieces = std::vector<Piece>(3)});
  add(100, 10);
  for (int i = 0; i < 20; ++i)
    messages_.back().pieces.insert(messages_.back().pieces.begin() + i / 2, Piece{});
  hash_and_compare();
}

TEST_P(Md5Lanes, HashKeysOfManyKeys) {
  for (const std::size_t count : {0, 1, 2, 5, 16, 17, 33, 100}) {
    std::vector<std::string> keys;
    keys.reserve(count);
    for (std::size_t i = 0; i < count; ++i)
      keys.push_back(std::string(random_() % 70, 'k') + std::to_string(i));
    if (count > 2) keys[1].clear();
    const std::vector<std::string_view> views{keys.begin(), keys.end()};
    std::vector<HashKey> out(count);
    md5_hash_keys(views, out);
    for (std::size_t i = 0; i < count; ++i)
      EXPECT_EQ(out[i], md5_hash_key(keys[i])) << keys[i];
  }
}

INSTANTIATE_TEST_SUITE_P(EachInstructionSet, Md5Lanes, ::testing::ValuesIn(targets()),
                         [](const auto& target) { return std::string{hwy::TargetName(target.param)}; });

}  // namespace
}  // namespace aiokpl::codec
