#include "cli/hopeless.hpp"

#include <algorithm>
#include <array>

#include <aiokpl/result.hpp>

namespace aiokpl::cli {
namespace {

struct Advice {
  std::string_view code;
  std::string_view words;
};

constexpr std::string_view missing_credentials = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
constexpr std::string_view unknown_key = "the access key is not known to the service";
constexpr std::string_view wrong_signature = "the secret access key is wrong, or this machine's clock";

constexpr std::array known{
    Advice{error_code::no_credentials, missing_credentials},
    Advice{"ResourceNotFoundException",
           "check the stream's name, the region and the account, or let --create-shards make it"},
    Advice{"AccessDeniedException", "the credentials lack this permission"},
    Advice{"UnrecognizedClientException", unknown_key},
    Advice{"InvalidClientTokenId", unknown_key},
    Advice{"InvalidSignatureException", wrong_signature},
    Advice{"SignatureDoesNotMatch", wrong_signature},
    Advice{"IncompleteSignature", "the credentials are wrong"},
    Advice{"IncompleteSignatureException", "the credentials are wrong"},
    Advice{"MissingAuthenticationToken", missing_credentials},
    Advice{"MissingAuthenticationTokenException", missing_credentials},
    Advice{"ExpiredTokenException", "the temporary credentials have expired: get new ones"},
    Advice{"KMSAccessDeniedException", "the credentials may not use the stream's key"},
    Advice{"KMSDisabledException", "the stream's key is disabled"},
    Advice{"KMSNotFoundException", "the stream's key is gone"},
};

const Advice* find(std::string_view code) noexcept {
  const auto* const found =
      std::find_if(known.begin(), known.end(), [&](const Advice& one) { return one.code == code; });
  return found == known.end() ? nullptr : found;
}

}  // namespace

bool is_hopeless(std::string_view code) noexcept {
  return find(code) != nullptr;
}

std::string_view advice(std::string_view code) noexcept {
  const Advice* const found = find(code);
  return found == nullptr ? std::string_view{} : found->words;
}

}  // namespace aiokpl::cli
