#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aws/credentials.hpp"
#include "codec/pieces.hpp"

namespace aiokpl::aws {

/// One header of a request; the name in any case.
struct HeaderView {
  std::string_view name;
  std::string_view value;
};

/// A request as Signature Version 4 sees it.
struct SignatureInput {
  std::string_view method = "POST";
  /// As it goes over the wire: percent-encoded, without scheme and host.
  std::string_view path = "/";
  /// As it goes over the wire, without the question mark.
  std::string_view query = {};
  /// To sign: every header to be signed but X-Amz-Date and X-Amz-Security-Token, Host among them.
  /// To check: every header of the request.
  std::span<const HeaderView> headers = {};
  /// The body's SHA-256 in lower-case hex.
  std::string_view payload_hash = {};
};

/// SHA-256 of a body that comes in pieces, while they are in cache.
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();

  void update(codec::Piece piece);
  /// The hash of all that came in, in lower-case hex; the next update starts a new hash.
  [[nodiscard]] std::string finish_hex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

[[nodiscard]] std::string sha256_hex(std::span<const codec::Piece> pieces);

/// The headers that a signature adds to a request. The token's is empty when the credentials have none.
struct SignatureHeaders {
  std::string authorization;
  std::string x_amz_date;
  std::string x_amz_security_token;
};

/// Signs requests for one region and service. The key of a day is derived once and kept. For one thread.
class Signer {
 public:
  Signer(std::string region, std::string service);
  Signer(const Signer&) = delete;
  Signer& operator=(const Signer&) = delete;
  ~Signer();

  [[nodiscard]] SignatureHeaders sign(const SignatureInput& request, const Credentials& credentials,
                                      std::chrono::system_clock::time_point now);

 private:
  using Key = std::array<unsigned char, 32>;
  [[nodiscard]] const Key& signing_key(const std::string& secret, std::string_view date);

  std::string region_;
  std::string service_;
  std::string date_of_key_;
  std::string secret_of_key_;
  Key key_{};
};

/// The parts of an Authorization header.
struct Authorization {
  std::string access_key_id;
  std::string date;
  std::string region;
  std::string service;
  std::vector<std::string> signed_headers;
  std::string signature;
};

enum class SignatureVerdict {
  valid,
  missing,     ///< There is no Authorization header, or it is not a Signature Version 4.
  incomplete,  ///< The header, or one that it names, is malformed or absent.
  mismatch,    ///< Another secret, or the request was changed after it was signed.
};

struct SignatureCheck {
  SignatureVerdict verdict = SignatureVerdict::missing;
  /// Why it is not valid, in words.
  std::string message = {};
  /// What the header says, as far as it could be read: the key id tells whose secret to check with.
  Authorization authorization = {};
};

/// Reads the Authorization header, without a check of the signature: the verdict is `valid` when it is well formed.
[[nodiscard]] SignatureCheck read_authorization(std::span<const HeaderView> headers);

/// Recomputes a request's signature with the secret of its key, from the headers that it says it signed. Whether the
/// date is recent enough is the caller's affair.
[[nodiscard]] SignatureCheck verify_signature(const SignatureInput& request, const std::string& secret_access_key);

}  // namespace aiokpl::aws
