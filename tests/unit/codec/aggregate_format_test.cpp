#include "codec/aggregate_format.hpp"

#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "unit/codec/bytes.hpp"

namespace aiokpl::codec {
namespace {

using testing::Bytes;
using testing::to_hex;

TEST(Varint, SizeIsWhatIsWritten) {
  std::vector<std::uint64_t> values{0, ~std::uint64_t{0}};
  for (unsigned bit = 0; bit < 64; ++bit) {
    values.push_back(std::uint64_t{1} << bit);
    values.push_back((std::uint64_t{1} << bit) - 1);
  }
  for (const std::uint64_t value : values) {
    std::byte out[max_varint_size];
    EXPECT_EQ(static_cast<std::size_t>(write_varint(out, value) - out), varint_size(value)) << value;
  }
}

TEST(Varint, IsLittleEndianInGroupsOfSevenBits) {
  std::byte out[max_varint_size];
  EXPECT_EQ(to_hex({out, write_varint(out, 300)}), "ac02");
  EXPECT_EQ(to_hex({out, write_varint(out, ~std::uint64_t{0})}), "ffffffffffffffffff01");
}

TEST(AggregateFormat, TableEntriesAreTextFieldsOneAndTwo) {
  Bytes out(64);
  EXPECT_EQ(to_hex({out.data(), write_key_entry(out.data(), "key")}), "0a036b6579");
  EXPECT_EQ(key_entry_size("key"), 5);
  EXPECT_EQ(to_hex({out.data(), write_explicit_hash_key_entry(out.data(), "42")}), "12023432");
  EXPECT_EQ(explicit_hash_key_entry_size("42"), 4);
}

TEST(AggregateFormat, ARecordIsAsLongAsItsSizesSay) {
  const std::vector<Tag> tags = {{"k", "v"}, {"only-a-key"}, {"", ""}};
  for (const std::size_t data_size : {0, 1, 127, 128, 20'000}) {
    for (const std::uint64_t index : {0, 127, 128, 70'000}) {
      for (const TagsView view : {TagsView{}, TagsView{tags}}) {
        for (const bool explicit_key : {false, true}) {
          const auto explicit_index = explicit_key ? std::optional<std::uint64_t>{index / 2} : std::nullopt;
          Bytes out(data_size + 200);
          std::byte* end = write_record_prefix(out.data(), index, explicit_index, data_size, view);
          EXPECT_LE(static_cast<std::size_t>(end - out.data()), max_record_prefix_size);
          end = write_tags(end + data_size, view);
          EXPECT_EQ(static_cast<std::size_t>(end - out.data()),
                    record_entry_size(index, explicit_index, data_size, view));
        }
      }
    }
  }
}

TEST(AggregateFormat, ARecordByteForByte) {
  const std::vector<Tag> tags = {{"k", "v"}, {"x"}};
  Bytes out(100);
  const std::byte* prefix_end = write_record_prefix(out.data(), 300, 1, 3, tags);
  EXPECT_EQ(to_hex({out.data(), prefix_end}),
            "1a"
            "17"
            "08ac02"
            "1001"
            "1a03");
  EXPECT_EQ(to_hex({out.data(), write_tags(out.data(), tags)}),
            "2206"
            "0a016b"
            "120176"
            "2203"
            "0a0178");
  EXPECT_EQ(tags_size(tags), 13);
}

}  // namespace
}  // namespace aiokpl::codec
