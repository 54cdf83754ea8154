#include "cli/reader.hpp"

#include <fstream>
#include <string>
#include <thread>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "cli/exit_status.hpp"
#include "cli/signals.hpp"

namespace aiokpl::cli {
namespace {

using namespace std::string_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ReaderTest : public ::testing::Test {
 protected:
  ReaderTest() {
    std::string name = testing::TempDir() + "aiokpl-reader-XXXXXX";
    folder_ = mkdtemp(name.data());
  }
  ~ReaderTest() override {
    for (const std::string& path : paths_)
      unlink(path.c_str());
    rmdir(folder_.c_str());
  }

  std::string file(std::string_view content) {
    paths_.push_back(folder_ + "/" + std::to_string(paths_.size()));
    std::ofstream{paths_.back(), std::ios::binary} << content;
    return paths_.back();
  }

  // Every record's data, and what could not be read.
  void read(std::vector<std::string> files, Framing framing, const KeyRules& keys = {}) {
    RecordReader reader{std::move(files), framing, keys, -1};
    for (InputBatch batch; reader.next(batch);) {
      for (const InputRecord& record : batch.records) {
        data_.emplace_back(record.data);
        keys_.emplace_back(record.partition_key.value_or("(none)"));
        hash_keys_.emplace_back(record.explicit_hash_key.value_or("(none)"));
      }
      for (Unreadable& input : batch.unreadable)
        unreadable_.push_back(std::move(input));
    }
  }

  std::string folder_;
  std::vector<std::string> paths_;
  std::vector<std::string> data_;
  std::vector<std::string> keys_;
  std::vector<std::string> hash_keys_;
  std::vector<Unreadable> unreadable_;
};

TEST_F(ReaderTest, ReadsTheLinesOfFilesInOrder) {
  read({file("one\ntwo"), file(""), file("\nthree\n")}, Framing::lines);
  EXPECT_THAT(data_, ElementsAre("one", "two", "", "three"));
  EXPECT_THAT(unreadable_, IsEmpty());
}

TEST_F(ReaderTest, LinesLongerThanOneReadStayWhole) {
  const std::string line(3'500'000, 'x');
  read({file("short\n" + line + "\nshort\n")}, Framing::lines);
  EXPECT_THAT(data_, ElementsAre("short", line, "short"));
}

TEST_F(ReaderTest, SkipsALineBeyondTheLimitAndGoesOn) {
  Input input{
      {file(std::string(3'000'000, 'x') + "\nnext\n" + std::string(2000, 'y') + "\nlast")}, Framing::lines, -1, 1024};
  std::vector<std::string> seen;
  std::vector<Piece> pieces;
  while (input.next(pieces)) {
    for (const Piece& piece : pieces)
      seen.push_back((piece.problem != nullptr ? "refused " : "") + std::string{piece.bytes.substr(0, 4)});
  }
  EXPECT_THAT(seen, ElementsAre("refused xxxx", "next", "refused yyyy", "last"));
}

TEST_F(ReaderTest, ReadsLengthPrefixedRecordsAndTellsWhereTheyBreak) {
  read({file("\0\0\0\1a\0\0\0\2bc\0\0\0\7bro"s), file("\0\0\0\1z"s)}, Framing::length_prefixed);
  EXPECT_THAT(data_, ElementsAre("a", "bc", "z"));
  ASSERT_THAT(unreadable_, SizeIs(1));
  EXPECT_EQ(unreadable_[0].bytes, "\0\0\0\7bro"s);
}

TEST_F(ReaderTest, ReadsNdjsonPastWhatIsBroken) {
  read({file("{\"data\":\"a\",\"partition_key\":\"k\"}\n\n{broken\n{\"data_base64\":\"AP8=\"}\n[1]\n")},
       Framing::ndjson, {.partition_key = "default"});
  EXPECT_THAT(data_, ElementsAre("a", "\0\xff"s));
  EXPECT_THAT(keys_, ElementsAre("k", "default"));
  ASSERT_THAT(unreadable_, SizeIs(2));
  EXPECT_EQ(unreadable_[0].bytes, "{broken");
  EXPECT_EQ(unreadable_[0].code, input_error::unreadable);
  EXPECT_THAT(unreadable_[1].message, HasSubstr("must be an object"));
}

TEST_F(ReaderTest, WhatWasUnreadableBeforeIsNotWrappedAgain) {
  read({file("{\"unreadable\":\"{broken\",\"error\":{\"code\":\"Unreadable\"}}\n")}, Framing::ndjson);
  ASSERT_THAT(unreadable_, SizeIs(1));
  EXPECT_EQ(unreadable_[0].bytes, "{broken");
}

TEST_F(ReaderTest, TakesKeysFromWhereTheyAre) {
  read({file("user-1\tone\n\ttwo\nthree\n")}, Framing::lines, {.delimiter = "\t", .explicit_hash_key = "7"});
  EXPECT_THAT(keys_, ElementsAre("user-1", "", "(none)"));
  EXPECT_THAT(data_, ElementsAre("one", "two", "three"));
  EXPECT_THAT(hash_keys_, ElementsAre("7", "7", "7"));
}

TEST_F(ReaderTest, ARecordWithoutTheFieldIsRefused) {
  read({file("{\"user\":{\"id\":17}}\nno json\n{\"user\":{}}\n")}, Framing::lines, {.partition_key_field = "/user/id"});
  EXPECT_THAT(keys_, ElementsAre("17"));
  EXPECT_THAT(data_, ElementsAre("{\"user\":{\"id\":17}}"));
  ASSERT_THAT(unreadable_, SizeIs(2));
  EXPECT_EQ(unreadable_[1].bytes, "{\"user\":{}}");
  EXPECT_EQ(unreadable_[1].code, input_error::no_key);
}

TEST_F(ReaderTest, ChecksFilesBeforeAnythingIsPut) {
  EXPECT_THROW(Input::check({folder_ + "/missing"}), CommandError);
  EXPECT_THROW(Input::check({folder_}), CommandError);
  EXPECT_NO_THROW(Input::check({"-", file("")}));
}

TEST_F(ReaderTest, APipesLinesComeWithoutWaitingForMoreAndAStopEndsThem) {
  const std::string path = folder_ + "/pipe";
  paths_.push_back(path);
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const int writer = open(path.c_str(), O_RDWR | O_CLOEXEC);  // also a reader, so that opening does not wait
  ASSERT_GE(writer, 0);
  StopSwitch stop;
  RecordReader reader{{path}, Framing::lines, {}, stop.fd()};
  InputBatch batch;
  ASSERT_EQ(write(writer, "one\ntw", 6), 6);
  ASSERT_TRUE(reader.next(batch));
  ASSERT_THAT(batch.records, SizeIs(1));
  EXPECT_EQ(batch.records[0].data, "one");
  std::thread stopper{[&] { stop.stop(); }};
  EXPECT_FALSE(reader.next(batch));
  stopper.join();
  EXPECT_TRUE(reader.input().cut_short());
  EXPECT_EQ(reader.input().left_over(), 2U);
  EXPECT_FALSE(reader.next(batch)) << "stopped for good";
  close(writer);
}

}  // namespace
}  // namespace aiokpl::cli
