#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <aiokpl/metrics.hpp>

#include "sinks/web/gzip.hpp"
#include "sinks/web/outbox.hpp"
#include "unit/sinks/inflated.hpp"

namespace aiokpl::sinks {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Verdict = Delivery::Verdict;

TEST(Gzip, GivesBackWhatWentIn) {
  std::string large;
  for (int i = 0; i < 50'000; ++i)
    large += std::to_string(i);
  for (const std::string& plain : {std::string{}, std::string{"a"}, large}) {
    const std::string packed = gzip(plain);
    EXPECT_EQ(test::inflated(packed), plain);
  }
  EXPECT_LT(gzip(large).size(), large.size() / 2);
}

// A receiver that answers by a script, and an outbox whose pauses are only written down.
class OutboxTest : public testing::Test {
 protected:
  Outbox make(std::size_t most_bytes = 1000) {
    return Outbox{{.most_bytes = most_bytes, .pause = [this](std::chrono::milliseconds t) { pauses.push_back(t); }}};
  }
  // What `deliver` threw, in words.
  std::string deliver(Outbox& outbox) {
    try {
      outbox.deliver([this](const std::string& body) {
        sent.push_back(body);
        if (answers.empty()) return Delivery{};
        Delivery answer = answers.front();
        answers.erase(answers.begin());
        return answer;
      });
    } catch (const ExportDeferred& deferred) {
      return deferred.what();
    }
    return {};
  }

  std::vector<Delivery> answers;
  std::vector<std::string> sent;
  std::vector<std::chrono::milliseconds> pauses;
};

TEST_F(OutboxTest, SendsInOrderAndIsEmptyThen) {
  Outbox outbox = make();
  outbox.add("a");
  outbox.add("b");
  EXPECT_EQ(outbox.waiting_bytes(), 2U);
  EXPECT_EQ(deliver(outbox), "");
  EXPECT_THAT(sent, ElementsAre("a", "b"));
  EXPECT_EQ(outbox.waiting(), 0U);
  EXPECT_EQ(outbox.waiting_bytes(), 0U);
}

TEST_F(OutboxTest, TriesAgainWithLongerPauses) {
  Outbox outbox = make();
  outbox.add("a");
  answers = {{Verdict::later, "busy"}, {Verdict::later, "busy"}, {}};
  EXPECT_EQ(deliver(outbox), "");
  EXPECT_THAT(sent, ElementsAre("a", "a", "a"));
  EXPECT_THAT(pauses, ElementsAre(100ms, 200ms));
}

TEST_F(OutboxTest, KeepsWhatIsNotDeliveredAndSendsNothingTwice) {
  Outbox outbox = make();
  outbox.add("a");
  outbox.add("b");
  outbox.add("c");
  answers = {{}, {Verdict::later, "x"}, {Verdict::later, "x"}, {Verdict::later, "status 503"}};
  EXPECT_EQ(deliver(outbox), "2 requests were left for the next export: status 503");
  EXPECT_THAT(sent, ElementsAre("a", "b", "b", "b"));
  sent.clear();
  EXPECT_EQ(deliver(outbox), "");
  EXPECT_THAT(sent, ElementsAre("b", "c"));
}

TEST_F(OutboxTest, GivesUpWhatIsRefusedAndGoesOn) {
  Outbox outbox = make();
  outbox.add("a");
  outbox.add("b");
  answers = {{Verdict::refused, "status 400"}, {}};
  EXPECT_EQ(deliver(outbox), "a request was refused: status 400");
  EXPECT_THAT(sent, ElementsAre("a", "b"));
  EXPECT_EQ(outbox.lost(), 1U);
  EXPECT_THAT(pauses, IsEmpty());
}

TEST_F(OutboxTest, TakesAnExceptionForATryThatFailed) {
  Outbox outbox = make();
  outbox.add("a");
  EXPECT_THROW(outbox.deliver([](const std::string&) -> Delivery { throw std::runtime_error{"no memory"}; }),
               ExportDeferred);
  EXPECT_EQ(outbox.waiting(), 1U);
  EXPECT_EQ(deliver(outbox), "");
}

TEST_F(OutboxTest, IsBoundedAndSaysWhatItGaveUp) {
  Outbox outbox = make(5);
  outbox.add("aaa");
  outbox.add("bbb");
  outbox.add("cccccccc");  // the last one stays, however large
  EXPECT_EQ(outbox.waiting(), 1U);
  EXPECT_EQ(outbox.lost(), 2U);
  EXPECT_THAT(deliver(outbox), HasSubstr("2 requests were given up"));
  EXPECT_THAT(sent, ElementsAre("cccccccc"));
  EXPECT_EQ(deliver(outbox), "");
}

TEST(VerdictOfStatus, TellsWhatIsForLater) {
  EXPECT_EQ(verdict_of_status(202), Verdict::delivered);
  for (const int status : {408, 429, 500, 503})
    EXPECT_EQ(verdict_of_status(status), Verdict::later) << status;
  for (const int status : {301, 400, 403, 413})
    EXPECT_EQ(verdict_of_status(status), Verdict::refused) << status;
}

}  // namespace
}  // namespace aiokpl::sinks
