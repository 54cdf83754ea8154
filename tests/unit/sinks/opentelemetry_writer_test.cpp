#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sinks/opentelemetry/pair_list.hpp"
#include "sinks/opentelemetry/protobuf_writer.hpp"
#include "unit/sinks/otlp_reader.hpp"

namespace aiokpl::sinks {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using namespace std::string_literals;

TEST(ProtobufWriter, WritesTheBytesOfTheEncodingsGuide) {
  ProtobufWriter writer;
  writer.varint(1, 150);
  EXPECT_EQ(writer.str(), "\x08\x96\x01");
  writer = {};
  writer.bytes(2, "testing");
  EXPECT_EQ(writer.str(), "\x12\x07testing");
  writer = {};
  writer.number(3, 1.0);
  EXPECT_EQ(writer.str(), "\x19\0\0\0\0\0\0\xF0\x3F"s);
  writer = {};
  writer.sfixed64(16, -2);  // a field beyond 15 has a key of two bytes
  EXPECT_EQ(writer.str(), "\x81\x01\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s);
}

TEST(ProtobufWriter, WritesZerosAndGreatestValues) {
  ProtobufWriter writer;
  writer.varint(1, 0);
  writer.fixed64(2, 0);
  writer.bytes(3, "");
  writer.varint(4, std::numeric_limits<std::uint64_t>::max());
  const auto fields = test::otlp_fields(writer.str());
  ASSERT_EQ(fields.size(), 4U);
  EXPECT_EQ(fields[3].value, std::numeric_limits<std::uint64_t>::max());
}

TEST(ProtobufWriter, NestsAndPacks) {
  ProtobufWriter inner;
  inner.packed(1, std::vector<std::uint64_t>{1, 2});
  inner.packed(2, std::vector<double>{0.5});
  inner.packed(3, std::vector<double>{});  // no field at all
  ProtobufWriter outer;
  outer.message(9, inner);
  outer.raw(inner.str());
  const auto fields = test::otlp_fields(outer.str());
  ASSERT_EQ(fields.size(), 3U);
  EXPECT_EQ(fields[0].bytes, inner.str());
  EXPECT_EQ(fields[1].bytes, "\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0"s);
  EXPECT_EQ(fields[2].bytes, "\0\0\0\0\0\0\xE0\x3F"s);
}

TEST(PairList, ReadsPairsAndDecodesThem) {
  const PairList list = parse_pair_list(" api-key = s%3De%2Ccret ,,tenant=a%20b%C3%A4,empty=,x=1=2,");
  EXPECT_EQ(list.problem, "");
  EXPECT_THAT(list.pairs, ElementsAre(Pair("api-key", "s=e,cret"), Pair("tenant", "a b\xC3\xA4"), Pair("empty", ""),
                                      Pair("x", "1=2")));
  EXPECT_THAT(parse_pair_list("").pairs, IsEmpty());
}

TEST(PairList, SaysWhichPairIsWrongAndNotWhatItHolds) {
  for (const std::string text : {"a=b,s3cret", "a=b,=s3cret", "a=b,k=s3cret%4", "a=b,k=s3cret%zz", "a=b,k=s3cret%-1"}) {
    const PairList list = parse_pair_list(text);
    EXPECT_THAT(list.problem, HasSubstr("pair 2 has ")) << text;
    EXPECT_THAT(list.problem, Not(HasSubstr("s3cret")));
    EXPECT_THAT(list.pairs, IsEmpty());
  }
}

}  // namespace
}  // namespace aiokpl::sinks
