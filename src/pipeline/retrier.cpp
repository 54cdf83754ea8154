#include "pipeline/retrier.hpp"

#include <algorithm>
#include <array>
#include <ostream>

#include <aiokpl/result.hpp>

namespace aiokpl::pipeline {

namespace {

// Names from the service's API model and the common errors of AWS APIs; some come with and some without "Exception".
constexpr std::array<std::string_view, 22> lasting_codes{
    "AccessDenied",
    "AccessDeniedException",
    "ExpiredToken",
    "ExpiredTokenException",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "KMSAccessDeniedException",
    "KMSDisabledException",
    "KMSInvalidStateException",
    "KMSNotFoundException",
    "KMSOptInRequired",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "NotAuthorized",
    "OptInRequired",
    "SignatureDoesNotMatch",
    "UnauthorizedOperation",
    "UnrecognizedClientException",
    error_code::no_credentials,
};

constexpr std::array<std::string_view, 5> validation_codes{"InvalidArgumentException", "InvalidParameterException",
                                                           "SerializationException", "ValidationError",
                                                           "ValidationException"};

constexpr int payload_too_large = 413;

}  // namespace

FailureKind classify_failure(int http_status, std::string_view code) noexcept {
  if (std::ranges::find(lasting_codes, code) != lasting_codes.end()) return FailureKind::lasting;
  if (code == "ResourceNotFoundException") return FailureKind::not_found;
  if (std::ranges::find(validation_codes, code) != validation_codes.end() || http_status == payload_too_large) {
    return FailureKind::validation;
  }
  return FailureKind::passing;
}

Verdict judge_stored(const Batch& batch, const TakenBy& shard) noexcept {
  // Where nothing was predicted Kinesis placed it by its own key: a lone record in a frame may still be in the wrong
  // place, on a stream that distributes by itself.
  const bool as_expected = shard.predicted || batch.shard == no_shard;
  const Verdict kept = as_expected ? Verdict::stored : Verdict::stored_elsewhere;
  if (batch.goes_raw()) return kept;
  if (!shard.range) return Verdict::undecided;
  const HashKeyRange span = batch.span();
  const bool holds_all = shard.range->contains(span.first) && shard.range->contains(span.last);
  return holds_all ? kept : Verdict::wrong_shard;
}

Verdict judge_refused(std::string_view code) noexcept {
  return code == error_code::throttled ? Verdict::throttled : Verdict::again;
}

std::ostream& operator<<(std::ostream& out, FailureKind kind) {
  switch (kind) {
    case FailureKind::passing:
      return out << "passing";
    case FailureKind::lasting:
      return out << "lasting";
    case FailureKind::not_found:
      return out << "not_found";
    case FailureKind::validation:
      return out << "validation";
  }
  return out;
}

std::ostream& operator<<(std::ostream& out, Verdict verdict) {
  switch (verdict) {
    case Verdict::stored:
      return out << "stored";
    case Verdict::stored_elsewhere:
      return out << "stored_elsewhere";
    case Verdict::wrong_shard:
      return out << "wrong_shard";
    case Verdict::undecided:
      return out << "undecided";
    case Verdict::throttled:
      return out << "throttled";
    case Verdict::again:
      return out << "again";
  }
  return out;
}

}  // namespace aiokpl::pipeline
