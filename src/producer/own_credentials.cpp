#include "producer/own_credentials.hpp"

#include <exception>
#include <string>
#include <utility>

#include "aws/secrets.hpp"

namespace aiokpl::detail {
namespace {

class OwnSource final : public aws::CredentialsSource {
 public:
  explicit OwnSource(std::shared_ptr<CredentialsProvider> provider) : provider_{std::move(provider)} {}

  [[nodiscard]] aws::Credentials fetch(const aws::FetchContext& /*context*/) override {
    AwsCredentials given = ask();
    aws::Credentials taken;
    taken.access_key_id = given.access_key_id;
    taken.secret_access_key = given.secret_access_key;
    taken.session_token = given.session_token;
    taken.expires = given.expires;
    aws::wipe(given.secret_access_key);
    aws::wipe(given.session_token);
    check(taken);
    return taken;
  }
  [[nodiscard]] std::string name() const override { return "credentials_provider"; }

 private:
  [[nodiscard]] AwsCredentials ask() {
    try {
      return provider_->fetch();
    } catch (const std::exception& error) {
      throw aws::CredentialsFailure{std::string{"credentials_provider: "} + error.what(), true};
    } catch (...) {
      throw aws::CredentialsFailure{"credentials_provider: an exception that is no std::exception", true};
    }
  }
  /// They become headers.
  static void check(const aws::Credentials& taken) {
    const bool fits = aws::fits_a_header(taken.access_key_id) && !taken.secret_access_key.empty() &&
                      (taken.session_token.empty() || aws::fits_a_header(taken.session_token));
    if (!fits) {
      throw aws::CredentialsFailure{
          "credentials_provider: key, secret and token must be printable ASCII without blanks, "
          "and only the token may be missing"};
    }
  }

  std::shared_ptr<CredentialsProvider> provider_;
};

}  // namespace

aws::SourcePtr source_of(const std::shared_ptr<CredentialsProvider>& provider) {
  return provider ? std::make_shared<OwnSource>(provider) : nullptr;
}

}  // namespace aiokpl::detail
