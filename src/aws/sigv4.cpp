#include "aws/sigv4.hpp"

#include <new>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "aws/no_fork_here.hpp"
#include "aws/secrets.hpp"
#include "aws/sigv4_canonical.hpp"

namespace aiokpl::aws {
namespace {

struct Timestamp {
  std::string full;  // 20150830T123600Z
  std::string date;  // 20150830
};

void append_number(std::string& out, unsigned value, int digits) {
  std::string text = std::to_string(value);
  out.append(static_cast<std::size_t>(digits) - std::min<std::size_t>(text.size(), static_cast<std::size_t>(digits)),
             '0');
  out += text;
}

Timestamp format(std::chrono::system_clock::time_point now) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  const auto midnight = std::chrono::floor<std::chrono::days>(seconds);
  const std::chrono::year_month_day day{midnight};
  const std::chrono::hh_mm_ss time{seconds - midnight};
  Timestamp stamp;
  append_number(stamp.date, static_cast<unsigned>(static_cast<int>(day.year())), 4);
  append_number(stamp.date, static_cast<unsigned>(day.month()), 2);
  append_number(stamp.date, static_cast<unsigned>(day.day()), 2);
  stamp.full = stamp.date + "T";
  append_number(stamp.full, static_cast<unsigned>(time.hours().count()), 2);
  append_number(stamp.full, static_cast<unsigned>(time.minutes().count()), 2);
  append_number(stamp.full, static_cast<unsigned>(time.seconds().count()), 2);
  stamp.full += "Z";
  return stamp;
}

}  // namespace

struct Sha256::Context {
  EVP_MD_CTX* digest = EVP_MD_CTX_new();

  Context() { start(); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() { EVP_MD_CTX_free(digest); }

  void start() const {
    const NoForkHere here;
    // Looked up by name once: EVP_sha256() would search the providers again for every hash.
    static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    if (digest == nullptr || EVP_DigestInit_ex2(digest, algorithm, nullptr) != 1) throw std::bad_alloc{};
  }
};

Sha256::Sha256() : context_{std::make_unique<Context>()} {}
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::update(codec::Piece piece) {
  EVP_DigestUpdate(context_->digest, piece.data(), piece.size());
}

std::string Sha256::finish_hex() {
  sigv4::Digest result{};
  EVP_DigestFinal_ex(context_->digest, result.data(), nullptr);
  context_->start();
  return sigv4::hex(result);
}

std::string sha256_hex(std::span<const codec::Piece> pieces) {
  Sha256 hash;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (i + 1 < pieces.size()) codec::expect(pieces[i + 1]);
    hash.update(pieces[i]);
  }
  return hash.finish_hex();
}

Signer::Signer(std::string region, std::string service) : region_{std::move(region)}, service_{std::move(service)} {}

Signer::~Signer() {
  OPENSSL_cleanse(key_.data(), key_.size());
  OPENSSL_cleanse(secret_of_key_.data(), secret_of_key_.size());
}

const Signer::Key& Signer::signing_key(const std::string& secret, std::string_view date) {
  if (date_of_key_ != date || secret_of_key_ != secret) {
    key_ = sigv4::derive_key(secret, date, region_, service_);
    OPENSSL_cleanse(secret_of_key_.data(), secret_of_key_.size());
    secret_of_key_ = secret;
    date_of_key_ = date;
  }
  return key_;
}

SignatureHeaders Signer::sign(const SignatureInput& request, const Credentials& credentials,
                              std::chrono::system_clock::time_point now) {
  Timestamp stamp = format(now);
  SignatureHeaders result;
  std::vector<HeaderView> headers{request.headers.begin(), request.headers.end()};
  headers.push_back({"x-amz-date", stamp.full});
  if (!credentials.session_token.empty()) {
    headers.push_back({"x-amz-security-token", credentials.session_token});
    result.x_amz_security_token = credentials.session_token;
  }
  auto canonical = sigv4::canonical_headers(headers);
  const std::string names = sigv4::signed_header_names(canonical);
  const std::string scope = sigv4::credential_scope(stamp.date, region_, service_);
  std::string signed_text = sigv4::canonical_request(request, canonical, names);
  const std::string signature =
      sigv4::signature(signing_key(credentials.secret_access_key, stamp.date), stamp.full, scope, signed_text);
  // The session token stands in both.
  wipe(signed_text);
  for (auto& [name, value] : canonical)
    wipe(value);
  result.authorization.append(sigv4::algorithm).append(" Credential=").append(credentials.access_key_id);
  result.authorization.append("/").append(scope).append(", SignedHeaders=").append(names);
  result.authorization.append(", Signature=").append(signature);
  result.x_amz_date = std::move(stamp.full);
  return result;
}

}  // namespace aiokpl::aws
