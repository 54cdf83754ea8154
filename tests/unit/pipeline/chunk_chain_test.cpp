#include "pipeline/chunk_chain.hpp"

#include <string>

#include <gtest/gtest.h>

#include "records.hpp"

namespace aiokpl::pipeline::test {
namespace {

/// Gives the usual chunk whatever is asked for, as a pool may, and counts.
class CountingChunks : public HeapChunks {
 public:
  Chunk* take(std::size_t /*capacity*/) override {
    ++out;
    return HeapChunks::take(usual_capacity);
  }
  void give_back(Chunk* first) noexcept override {
    for (const Chunk* chunk = first; chunk != nullptr; chunk = chunk->next)
      --out;
    HeapChunks::give_back(first);
  }
  int out = 0;
};

Piece bytes(std::string_view text) {
  return std::as_bytes(std::span{text});
}

std::string text_of(const ChunkChain& chain) {
  std::vector<Piece> pieces;
  chain.add_pieces(pieces);
  return test::text_of(pieces);
}

std::string pattern(std::size_t size) {
  std::string text;
  while (text.size() < size)
    text += std::to_string(text.size()) + ' ';
  text.resize(size);
  return text;
}

TEST(ChunkChainTest, TakesNoMemoryUntilSomethingIsWritten) {
  CountingChunks source;
  ChunkChain chain{source};
  EXPECT_EQ(chain.size(), 0U);
  EXPECT_EQ(chain.first(), nullptr);
  chain.append({});
  EXPECT_EQ(source.out, 0);
  EXPECT_TRUE(ChunkCursor{chain.first()}.at_end());
}

TEST(ChunkChainTest, BytesStayInOrderAcrossChunksWhateverTheirSize) {
  CountingChunks source;
  std::string expected;
  {
    ChunkChain chain{source};
    constexpr std::size_t usual = ChunkSource::usual_capacity;
    for (const std::size_t size :
         {std::size_t{1}, usual - 1, usual, usual + 1, std::size_t{0}, 3 * usual, std::size_t{10}}) {
      const std::string text = pattern(size);
      chain.append(bytes(text));
      expected += text;
      EXPECT_EQ(chain.size(), expected.size());
    }
    EXPECT_EQ(text_of(chain), expected);
    EXPECT_GT(source.out, 5);
    chain.clear();
    EXPECT_EQ(source.out, 0);
    EXPECT_EQ(chain.size(), 0U);
    chain.append(bytes("again"));
    EXPECT_EQ(text_of(chain), "again");
  }
  EXPECT_EQ(source.out, 0) << "the chain gives back what it holds when it goes";
}

TEST(ChunkChainTest, ALargePieceMayTakeOneChunkOfItsOwn) {
  HeapChunks source;
  ChunkChain chain{source};
  chain.append(bytes("head "));
  const std::string large = pattern(100'000);
  chain.append(bytes(large));
  EXPECT_EQ(text_of(chain), "head " + large);
  std::vector<Piece> pieces;
  chain.add_pieces(pieces);
  EXPECT_EQ(pieces.size(), 2U);
}

TEST(ChunkChainTest, ItBeginsWithWhatSuitsItAndGrowsByTheUsual) {
  struct AskedFor : CountingChunks {
    Chunk* take(std::size_t capacity) override {
      asked.push_back(capacity);
      return HeapChunks::take(capacity);
    }
    std::vector<std::size_t> asked;
  } source;
  ChunkChain chain{source};
  chain.begin(200);
  chain.begin(700);
  const std::string text = pattern(ChunkSource::usual_capacity + 5);
  chain.append(bytes(text));
  EXPECT_EQ(source.asked, (std::vector<std::size_t>{200, ChunkSource::usual_capacity}));
  for (int i = 0; i < 1'000; ++i)
    chain.append(bytes("twelve bytes"));
  EXPECT_EQ(source.asked.back(), ChunkSource::large_capacity) << "a long one grows by more";
  EXPECT_EQ(chain.size(), text.size() + 12'000);
}

TEST(ChunkChainTest, ItBeginsAtHomeWhereItsFirstBytesFit) {
  CountingChunks source;
  Chunk* const home = source.take(0);
  home->capacity = 100;
  for (const std::size_t begun : {100, 101}) {
    ChunkChain chain{source, home};
    const std::string text = pattern(begun);
    chain.begin(begun);
    chain.append(bytes(text));
    EXPECT_EQ(source.out, begun == 100 ? 1 : 2);
    EXPECT_EQ(text_of(chain), text);
    chain.append(bytes(text));
    EXPECT_EQ(text_of(chain), text + text);
    chain.clear();
    EXPECT_EQ(source.out, 1) << "home stays";
    chain.append(bytes("again"));
    EXPECT_EQ(text_of(chain), "again");
    EXPECT_EQ(source.out, 1);
  }
  source.give_back(home);
}

TEST(ChunkChainTest, WhatIsExtendedLiesTogetherAndNeverMoves) {
  CountingChunks source;
  ChunkChain chain{source};
  std::vector<std::byte*> places;
  std::string expected;
  for (std::size_t i = 0; i < 100; ++i) {
    const std::string text = pattern(i * 7 % 1'000);
    std::byte* place = chain.extend(text.size());
    std::memcpy(place, text.data(), text.size());
    places.push_back(place);
    expected += text;
  }
  std::byte* whole = chain.extend(ChunkSource::usual_capacity);
  std::memset(whole, 'x', ChunkSource::usual_capacity);
  expected.append(ChunkSource::usual_capacity, 'x');
  EXPECT_EQ(text_of(chain), expected);
  for (std::size_t i = 0; i < 100; ++i) {
    const std::string text = pattern(i * 7 % 1'000);
    ASSERT_EQ(std::memcmp(places[i], text.data(), text.size()), 0) << i;
  }
}

TEST(ChunkChainTest, ACursorReadsByteByByteAndInRuns) {
  CountingChunks source;
  ChunkChain chain{source};
  const std::string text = pattern(5'000);
  chain.append(bytes(text));
  ChunkCursor cursor{chain.first()};
  std::string read;
  std::size_t step = 1;
  while (read.size() < text.size()) {
    read += static_cast<char>(cursor.next());
    const std::size_t count = std::min(step++ * 3, text.size() - read.size());
    cursor.read(count, [&](Piece run) {
      EXPECT_FALSE(run.empty());
      read.append(reinterpret_cast<const char*>(run.data()), run.size());
    });
  }
  EXPECT_TRUE(cursor.at_end());
  EXPECT_EQ(read, text);
}

}  // namespace
}  // namespace aiokpl::pipeline::test
