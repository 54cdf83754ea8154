#include "producer/chunk_pool.hpp"

#include <algorithm>
#include <set>
#include <thread>

#include <gtest/gtest.h>

namespace aiokpl::detail {
namespace {

using pipeline::Chunk;
using pipeline::ChunkChain;
using pipeline::ChunkSource;

constexpr std::size_t usual = ChunkSource::usual_capacity;

TEST(ChunkPoolTest, GivesEmptyChunksAndTakesThemForTheNext) {
  ChunkPool pool;
  Chunk* first = pool.take(usual);
  EXPECT_EQ(first->capacity, usual);
  EXPECT_EQ(first->size, 0U);
  EXPECT_EQ(first->next, nullptr);
  first->size = 100;
  pool.give_back(first);
  Chunk* again = pool.take(usual);
  EXPECT_EQ(again, first) << "no allocation on the steady path";
  EXPECT_EQ(again->size, 0U);
  EXPECT_EQ(again->next, nullptr);
  pool.give_back(again);
}

TEST(ChunkPoolTest, WhatIsSmallGetsASmallChunk) {
  ChunkPool pool;
  std::size_t least = 0;
  for (const std::size_t size : ChunkPool::sizes) {
    const std::size_t capacity = size - sizeof(Chunk);
    for (const std::size_t wanted : {least + 1, capacity}) {
      Chunk* chunk = pool.take(wanted);
      EXPECT_EQ(chunk->capacity, capacity) << wanted;
      pool.give_back(chunk);
      Chunk* again = pool.take(capacity);
      EXPECT_EQ(again, chunk) << "each size has its own";
      pool.give_back(again);
    }
    least = capacity;
  }
}

TEST(ChunkPoolTest, AChainOfSeveralSizesComesBackToAllOfThem) {
  ChunkPool pool;
  std::set<Chunk*> chunks;
  Chunk* chain = nullptr;
  for (const std::size_t wanted : {std::size_t{1}, usual, std::size_t{200}, std::size_t{50'000}}) {
    Chunk* chunk = pool.take(wanted);
    chunk->next = chain;
    chain = chunk;
    if (wanted != 50'000) chunks.insert(chunk);
  }
  pool.give_back(chain);
  for (const std::size_t wanted : {usual, std::size_t{200}, std::size_t{1}}) {
    Chunk* chunk = pool.take(wanted);
    EXPECT_EQ(chunks.erase(chunk), 1U) << wanted;
    pool.give_back(chunk);
  }
}

TEST(ChunkPoolTest, AWholeChainComesBackAtOnce) {
  ChunkPool pool;
  std::set<Chunk*> chunks;
  Chunk* chain = nullptr;
  for (int i = 0; i < 10; ++i) {
    Chunk* chunk = pool.take(1);
    chunks.insert(chunk);
    chunk->next = chain;
    chain = chunk;
  }
  pool.give_back(chain);
  chain = nullptr;
  for (int i = 0; i < 10; ++i) {
    Chunk* chunk = pool.take(1);
    EXPECT_EQ(chunks.erase(chunk), 1U) << "each once";
    chunk->next = chain;
    chain = chunk;
  }
  pool.give_back(chain);
  pool.give_back(nullptr);
}

TEST(ChunkPoolTest, ALargeRecordGetsAChunkOfItsOwnThatDoesNotStay) {
  ChunkPool pool;
  Chunk* large = pool.take(1'000'000);
  EXPECT_EQ(large->capacity, 1'000'000U);
  Chunk* small = pool.take(1);
  large->next = small;
  pool.give_back(large);
  Chunk* next = pool.take(1'000'000);
  EXPECT_EQ(next->capacity, 1'000'000U);
  pool.give_back(next);
  Chunk* usual_one = pool.take(1);
  EXPECT_EQ(usual_one, small);
  pool.give_back(usual_one);
}

TEST(ChunkPoolTest, WhatIsALittleLargerStaysWithThePool) {
  ChunkPool pool;
  Chunk* chunk = pool.take(ChunkSource::large_capacity + 1);
  EXPECT_EQ(chunk->capacity, ChunkSource::large_capacity) << "a chain goes on in the next chunk";
  pool.give_back(chunk);
}

TEST(ChunkPoolTest, LongChainsComeBackWhole) {
  ChunkPool pool;
  const auto grow = [](ChunkChain& chain) {
    const std::vector<std::byte> small_record(100);
    for (int i = 0; i < 1'000; ++i)
      chain.append(small_record);
  };
  const std::vector<std::byte> large_record(1'000'000);
  std::set<const Chunk*> chunks;
  const auto note = [&](const ChunkChain& chain) {
    for (const Chunk* chunk = chain.first(); chunk != nullptr; chunk = chunk->next) {
      if (chunk->capacity > ChunkSource::large_capacity) continue;
      EXPECT_TRUE(chunks.insert(chunk).second);
    }
  };
  {
    ChunkChain plain{pool};
    grow(plain);
    ChunkChain interrupted{pool};
    grow(interrupted);
    interrupted.append(large_record);
    ChunkChain resumed{pool};
    grow(resumed);
    resumed.append(large_record);
    grow(resumed);
    for (const ChunkChain* chain : {&plain, &interrupted, &resumed})
      note(*chain);
  }
  const std::size_t known = chunks.size();
  EXPECT_GT(known, 80U);
  {
    ChunkChain again{pool};
    for (int i = 0; i < 3; ++i)
      grow(again);
    for (const Chunk* chunk = again.first(); chunk != nullptr; chunk = chunk->next)
      EXPECT_TRUE(chunks.contains(chunk)) << "no allocation on the steady path";
  }
  EXPECT_TRUE(pool.trim());
  EXPECT_FALSE(pool.trim());
}

TEST(ChunkPoolTest, ABurstGoesBackToTheSystemWhenTheProducerRests) {
  ChunkPool pool;
  EXPECT_FALSE(pool.trim());
  const auto burst = [&pool](int count) {
    Chunk* chain = nullptr;
    for (int i = 0; i < count; ++i) {
      Chunk* chunk = pool.take(1);
      chunk->next = chain;
      chain = chunk;
    }
    pool.give_back(chain);
  };
  burst(64);
  EXPECT_FALSE(pool.trim()) << "a trickle's worth is kept";
  burst(1'000);
  EXPECT_TRUE(pool.trim());
  EXPECT_FALSE(pool.trim());
  burst(1'000);
  EXPECT_TRUE(pool.trim());
}

TEST(ChunkPoolTest, ThreadsTakeAndGiveSideBySide) {
  ChunkPool pool;
  std::vector<std::thread> threads;
  for (unsigned char mark = 1; mark <= 4; ++mark) {
    threads.emplace_back([&pool, mark] {
      const std::vector<std::byte> bytes(5'000, std::byte{mark});
      for (int round = 0; round < 200; ++round) {
        ChunkChain chain{pool};
        chain.append(bytes);
        std::vector<pipeline::Piece> pieces;
        chain.add_pieces(pieces);
        for (const pipeline::Piece piece : pieces)
          ASSERT_TRUE(std::ranges::all_of(piece, [&](std::byte one) { return one == std::byte{mark}; }));
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
}

}  // namespace
}  // namespace aiokpl::detail
