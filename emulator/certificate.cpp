#include "emulator/certificate.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <stdexcept>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace aiokpl::emulator {
namespace {

template <auto free_function>
struct Free {
  template <typename T>
  void operator()(T* object) const noexcept {
    free_function(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using X509Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>>;
using Bio = std::unique_ptr<BIO, Free<BIO_free>>;

constexpr long day = 24L * 60 * 60;

[[noreturn]] void fail(const char* what) {
  std::array<char, 256> reason{};
  ERR_error_string_n(ERR_get_error(), reason.data(), reason.size());
  throw std::runtime_error{std::string{"cannot make a certificate: "} + what + ": " + reason.data()};
}

void check(bool good, const char* what) {
  if (!good) fail(what);
}

Key make_key() {
  Key key{EVP_EC_gen("P-256")};
  check(key != nullptr, "key");
  return key;
}

void add_extension(X509* subject, X509* issuer, int id, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, subject, nullptr, nullptr, 0);
  const Extension extension{X509V3_EXT_conf_nid(nullptr, &context, id, value)};
  check(extension != nullptr && X509_add_ext(subject, extension.get(), -1) == 1, value);
}

X509Certificate make_blank(const char* common_name, EVP_PKEY* key) {
  X509Certificate certificate{X509_new()};
  check(certificate != nullptr, "certificate");
  X509* const x509 = certificate.get();
  std::array<unsigned char, 8> serial{};
  check(RAND_bytes(serial.data(), static_cast<int>(serial.size())) == 1, "serial number");
  std::uint64_t number = 0;
  for (const unsigned char byte : serial)
    number = (number << 8U) | byte;
  check(ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509), number >> 1U) == 1, "serial number");
  check(X509_set_version(x509, X509_VERSION_3) == 1, "version");
  X509_gmtime_adj(X509_getm_notBefore(x509), -day);
  X509_gmtime_adj(X509_getm_notAfter(x509), 365 * day);
  check(X509_set_pubkey(x509, key) == 1, "public key");
  const auto* const name = reinterpret_cast<const unsigned char*>(common_name);
  check(X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC, name, -1, -1, 0) == 1, "name");
  return certificate;
}

void set_issuer(X509* certificate, X509* issuer) {
  check(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1, "issuer");
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string to_pem(X509* certificate) {
  const Bio bio{BIO_new(BIO_s_mem())};
  check(bio != nullptr && PEM_write_bio_X509(bio.get(), certificate) == 1, "PEM");
  return text_of(bio.get());
}

std::string to_pem(EVP_PKEY* key) {
  const Bio bio{BIO_new(BIO_s_mem())};
  check(bio != nullptr && PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1, "PEM");
  return text_of(bio.get());
}

}  // namespace

Certificate make_certificate() {
  const Key authority_key = make_key();
  const X509Certificate authority = make_blank("aiokpl local authority", authority_key.get());
  set_issuer(authority.get(), authority.get());
  add_extension(authority.get(), authority.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  add_extension(authority.get(), authority.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(authority.get(), authority.get(), NID_subject_key_identifier, "hash");
  check(X509_sign(authority.get(), authority_key.get(), EVP_sha256()) > 0, "signature");

  const Key key = make_key();
  const X509Certificate leaf = make_blank("localhost", key.get());
  set_issuer(leaf.get(), authority.get());
  add_extension(leaf.get(), authority.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_extension(leaf.get(), authority.get(), NID_key_usage, "critical,digitalSignature");
  add_extension(leaf.get(), authority.get(), NID_ext_key_usage, "serverAuth");
  add_extension(leaf.get(), authority.get(), NID_subject_key_identifier, "hash");
  add_extension(leaf.get(), authority.get(), NID_authority_key_identifier, "keyid");
  add_extension(leaf.get(), authority.get(), NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1");
  check(X509_sign(leaf.get(), authority_key.get(), EVP_sha256()) > 0, "signature");
  return {to_pem(authority.get()), to_pem(leaf.get()), to_pem(key.get())};
}

}  // namespace aiokpl::emulator
