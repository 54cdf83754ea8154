#include "pipeline/retrier.hpp"

#include <gtest/gtest.h>

#include "records.hpp"

namespace aiokpl::pipeline::test {
namespace {

TEST(RetrierTest, WhatTheFailureOfAWholeRequestMeans) {
  struct Case {
    int status;
    std::string_view code;
    FailureKind kind;
  };
  for (const Case& known : {
           Case{400, "AccessDeniedException", FailureKind::lasting},
           Case{403, "UnrecognizedClientException", FailureKind::lasting},
           Case{403, "InvalidSignatureException", FailureKind::lasting},
           Case{403, "SignatureDoesNotMatch", FailureKind::lasting},
           Case{400, "ExpiredTokenException", FailureKind::lasting},
           Case{403, "MissingAuthenticationTokenException", FailureKind::lasting},
           Case{0, "NoCredentials", FailureKind::lasting},
           Case{400, "KMSAccessDeniedException", FailureKind::lasting},
           Case{400, "KMSDisabledException", FailureKind::lasting},
           Case{400, "KMSInvalidStateException", FailureKind::lasting},
           Case{400, "KMSNotFoundException", FailureKind::lasting},
           Case{400, "KMSOptInRequired", FailureKind::lasting},
           Case{400, "ResourceNotFoundException", FailureKind::not_found},
           Case{400, "ValidationException", FailureKind::validation},
           Case{400, "InvalidArgumentException", FailureKind::validation},
           Case{400, "SerializationException", FailureKind::validation},
           Case{413, "", FailureKind::validation},
           Case{400, "LimitExceededException", FailureKind::passing},
           Case{400, "ThrottlingException", FailureKind::passing},
           Case{400, "KMSThrottlingException", FailureKind::passing},
           Case{400, "ProvisionedThroughputExceededException", FailureKind::passing},
           Case{500, "InternalFailure", FailureKind::passing},
           Case{503, "ServiceUnavailable", FailureKind::passing},
           Case{502, "", FailureKind::passing},
           Case{400, "SomethingNew", FailureKind::passing},
       }) {
    EXPECT_EQ(classify_failure(known.status, known.code), known.kind) << known.status << ' ' << known.code;
  }
}

TEST(RetrierTest, AStoredRecordIsJudgedAsItsConsumersWill) {
  const auto at = [](const char* decimal) { return OwnedRecord{.key = "k", .hash_key = decimal}; };
  const BatchPtr raw = batch_of({at("50")}, 0);
  const BatchPtr aggregate = batch_of({at("50"), at("10"), at("90")}, 0);
  const BatchPtr tagged = batch_of({{.key = "k", .hash_key = "50", .tags = {{"t", "v"}}}}, 0);
  const BatchPtr unpredicted = batch_of({at("50")});
  const HashKeyRange exact{HashKey{0, 10}, HashKey{0, 90}};
  const HashKeyRange too_high{HashKey{0, 11}, HashKey{0, 90}};
  const HashKeyRange too_low{HashKey{0, 10}, HashKey{0, 89}};

  for (const Batch* any : {raw.get(), aggregate.get(), tagged.get()})
    EXPECT_EQ(judge_stored(*any, {.predicted = true, .range = exact}), Verdict::stored);
  EXPECT_EQ(judge_stored(*raw, {.predicted = true, .range = too_high}), Verdict::stored);
  EXPECT_EQ(judge_stored(*aggregate, {.predicted = true, .range = too_high}), Verdict::wrong_shard)
      << "of the same name, in a stream that was created anew";
  EXPECT_EQ(judge_stored(*aggregate, {.predicted = true}), Verdict::undecided);
  EXPECT_EQ(judge_stored(*raw, {}), Verdict::stored_elsewhere) << "on any shard, also one that nobody knows";
  EXPECT_EQ(judge_stored(*raw, {.range = HashKeyRange{HashKey{9, 9}, HashKey{10, 0}}}), Verdict::stored_elsewhere);
  EXPECT_EQ(judge_stored(*aggregate, {.range = exact}), Verdict::stored_elsewhere);
  EXPECT_EQ(judge_stored(*aggregate, {.range = too_high}), Verdict::wrong_shard) << "it leaves out one of them";
  EXPECT_EQ(judge_stored(*aggregate, {.range = too_low}), Verdict::wrong_shard);
  EXPECT_EQ(judge_stored(*aggregate, {}), Verdict::undecided);
  EXPECT_EQ(judge_stored(*tagged, {.range = too_high}), Verdict::stored_elsewhere) << "50 is within";
  EXPECT_EQ(judge_stored(*tagged, {}), Verdict::undecided) << "framed, though alone";
  EXPECT_EQ(judge_stored(*unpredicted, {}), Verdict::stored);
}

TEST(RetrierTest, ThrottledRecordsAreToldFromOtherRefusedOnes) {
  EXPECT_EQ(judge_refused("ProvisionedThroughputExceededException"), Verdict::throttled);
  for (const std::string_view code : {"InternalFailure", "Internal", "SomethingNew", ""})
    EXPECT_EQ(judge_refused(code), Verdict::again);
}

}  // namespace
}  // namespace aiokpl::pipeline::test
