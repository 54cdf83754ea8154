#include "unit/aws/loopback_server.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <stdexcept>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace aiokpl::test {
namespace {

void require(bool fine, const char* what) {
  if (!fine) throw std::runtime_error{what};
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

std::uint16_t bind_any(int socket) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof(address);
  require(bind(socket, reinterpret_cast<sockaddr*>(&address), size) == 0, "bind");
  require(getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0, "getsockname");
  return ntohs(address.sin_port);
}

/// OpenSSL writes to its socket without MSG_NOSIGNAL. For the server's threads only: the client must never raise it.
void block_sigpipe() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

void send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

}  // namespace

Connection::Connection(int socket, ssl_ctx_st* tls) : socket_{socket} {
  timeval limit{};
  limit.tv_sec = 10;
  setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  if (tls != nullptr) {
    tls_ = SSL_new(tls);
    SSL_set_fd(tls_, socket_);
  }
}

Connection::~Connection() {
  SSL_free(tls_);
  close(socket_);
}

std::size_t Connection::receive(char* data, std::size_t size) {
  if (!open_) return 0;
  if (tls_ != nullptr) {
    if (SSL_is_init_finished(tls_) == 0 && SSL_accept(tls_) != 1) return 0;
    return static_cast<std::size_t>(std::max(SSL_read(tls_, data, static_cast<int>(size)), 0));
  }
  return static_cast<std::size_t>(std::max<ssize_t>(recv(socket_, data, size, 0), 0));
}

std::optional<Request> Connection::read_head() {
  std::size_t end = 0;
  while ((end = buffered_.find("\r\n\r\n")) == std::string::npos) {
    std::string chunk(4096, '\0');
    const std::size_t n = receive(chunk.data(), chunk.size());
    if (n == 0) return std::nullopt;
    buffered_.append(chunk, 0, n);
  }
  Request request;
  const std::string head = buffered_.substr(0, end + 2);
  buffered_.erase(0, end + 4);
  for (std::size_t start = 0; start < head.size();) {
    const std::size_t stop = head.find("\r\n", start);
    const std::string line = head.substr(start, stop - start);
    start = stop + 2;
    const std::size_t colon = line.find(": ");
    if (request.line.empty()) {
      request.line = line;
    } else if (colon != std::string::npos) {
      request.headers[lower(line.substr(0, colon))] = line.substr(colon + 2);
    }
  }
  return request;
}

std::string Connection::read_bytes(std::size_t count) {
  std::string bytes = buffered_.substr(0, count);
  buffered_.erase(0, bytes.size());
  std::size_t have = bytes.size();
  bytes.resize(count);
  while (have < count) {
    const std::size_t n = receive(bytes.data() + have, count - have);
    if (n == 0) break;
    have += n;
  }
  bytes.resize(have);
  return bytes;
}

std::optional<Request> Connection::read_request() {
  auto request = read_head();
  if (request && request->headers.contains("content-length")) {
    request->body = read_bytes(std::stoul(request->headers["content-length"]));
  }
  return request;
}

void Connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = tls_ != nullptr ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                                   : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

void Connection::await_close() {
  std::string ignored(65536, '\0');
  while (receive(ignored.data(), ignored.size()) > 0) {
  }
}

void Connection::reset() {
  linger now{};
  now.l_onoff = 1;
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  open_ = false;
}

void Connection::join(int other) {
  send_all(other, std::exchange(buffered_, {}));
  for (;;) {
    std::array<pollfd, 2> waiting{pollfd{.fd = socket_, .events = POLLIN, .revents = 0},
                                  pollfd{.fd = other, .events = POLLIN, .revents = 0}};
    constexpr int milliseconds = 10'000;
    if (poll(waiting.data(), waiting.size(), milliseconds) <= 0) return;
    for (std::size_t i = 0; i < waiting.size(); ++i) {
      if (waiting.at(i).revents == 0) continue;
      std::array<char, 65536> bytes{};
      const auto n = recv(waiting.at(i).fd, bytes.data(), bytes.size(), 0);
      if (n <= 0) return;
      send_all(waiting.at(1 - i).fd, {bytes.data(), static_cast<std::size_t>(n)});
    }
  }
}

void Connection::shut_down() {
  shutdown(socket_, SHUT_RDWR);
}

Certificate::Certificate(std::chrono::seconds from, std::chrono::seconds until, const std::string& names_in_it) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  require(key != nullptr && certificate != nullptr, "certificate");
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), from.count());
  X509_gmtime_adj(X509_getm_notAfter(certificate), until.count());
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names_in_it.c_str());
  X509_add_ext(certificate, names, -1);
  X509_EXTENSION_free(names);
  require(X509_sign(certificate, key, EVP_sha256()) != 0, "sign");

  context = SSL_CTX_new(TLS_server_method());
  require(SSL_CTX_use_certificate(context, certificate) == 1 && SSL_CTX_use_PrivateKey(context, key) == 1, "tls");
  BIO* memory = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(memory, certificate);
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory, &text);
  pem.assign(text, static_cast<std::size_t>(size));
  BIO_free(memory);
  X509_free(certificate);
  EVP_PKEY_free(key);
}

Certificate::~Certificate() {
  SSL_CTX_free(context);
}

LoopbackServer::LoopbackServer(Script script, const Certificate* certificate, int receive_buffer)
    : script_{std::move(script)}, certificate_{certificate} {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  require(listener_ >= 0, "socket");
  if (receive_buffer > 0) setsockopt(listener_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
  port_ = bind_any(listener_);
  require(listen(listener_, 64) == 0, "listen");
  acceptor_ = std::thread{[this] { accept_loop(); }};
}

LoopbackServer::~LoopbackServer() {
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  close(listener_);
  {
    const std::lock_guard lock{mutex_};
    for (const auto& connection : connections_) {
      if (connection) connection->shut_down();
    }
  }
  for (Served& one : served_)
    one.thread.join();
}

void LoopbackServer::reap() {
  served_.remove_if([](Served& one) {
    if (*one.connection) return false;
    one.thread.join();  // it has let go of the mutex, and does nothing more
    return true;
  });
}

void LoopbackServer::accept_loop() {
  for (;;) {
    const int accepted = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (accepted < 0) return;
    const std::lock_guard lock{mutex_};
    reap();
    auto& place = connections_.emplace_back(
        std::make_unique<Connection>(accepted, certificate_ != nullptr ? certificate_->context : nullptr));
    std::thread thread{[this, &place] {
      block_sigpipe();
      script_(*place);
      const std::lock_guard closing{mutex_};
      place.reset();  // closes the socket when the script ends
    }};
    served_.push_back({std::move(thread), &place});
  }
}

std::string LoopbackServer::url(std::string_view host) const {
  return std::string{certificate_ != nullptr ? "https://" : "http://"}.append(host) + ":" + std::to_string(port_) + "/";
}

int LoopbackServer::connections() const {
  const std::lock_guard lock{mutex_};
  return static_cast<int>(connections_.size());
}

DeafListener::DeafListener() : listener_{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
  require(listener_ >= 0, "socket");
  port_ = bind_any(listener_);
  require(listen(listener_, 64) == 0, "listen");
}

DeafListener::~DeafListener() {
  close(listener_);
}

void Event::set() {
  const std::lock_guard lock{mutex_};
  set_ = true;
  changed_.notify_all();
}

bool Event::wait() {
  std::unique_lock lock{mutex_};
  return changed_.wait_for(lock, std::chrono::seconds{10}, [this] { return set_; });
}

std::string http_answer(int status, std::string_view body, std::string_view headers) {
  std::string answer = "HTTP/1.1 " + std::to_string(status) + " X\r\n";
  answer.append(headers).append("Content-Length: ").append(std::to_string(body.size())).append("\r\n\r\n");
  return answer.append(body);
}

std::uint16_t refusing_port() {
  // Bound for as long as the process lives, so that nobody else comes to listen there.
  static const int held = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  static const std::uint16_t port = bind_any(held);
  return port;
}

}  // namespace aiokpl::test
