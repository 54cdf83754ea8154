#include "emulator/server.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <system_error>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include "emulator/gate.hpp"
#include "emulator/signatures.hpp"

namespace aiokpl::emulator {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::use_awaitable;
using asio::ip::tcp;

// 10 MiB of data in base64, 500 keys of 256 characters, all of them escaped, and the words around them.
constexpr std::uint64_t most_body_bytes = std::uint64_t{20} << 20U;
constexpr std::uint32_t most_header_bytes = 64U << 10U;

struct Shared {
  Service& service;
  const Clock& clock;
  Gate gate = {};
};

/// Room for a body, kept from request to request and never filled with zeros.
class BodyBuffer {
 public:
  char* reserve(std::size_t size) {
    if (size > capacity_) {
      bytes_ = std::make_unique_for_overwrite<char[]>(size);
      capacity_ = size;
    }
    return bytes_.get();
  }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
};

std::string_view to_std(beast::string_view text) noexcept {
  return {text.data(), text.size()};
}

std::string_view reason(int status) noexcept {
  return to_std(http::obsolete_reason(static_cast<http::status>(status)));
}

/// One connection's conversation, over TCP or TLS.
template <typename Stream>
class Conversation {
 public:
  Conversation(Stream& stream, Shared& shared) noexcept : stream_{stream}, shared_{shared} {}

  asio::awaitable<void> run() {
    bool more = true;
    while (more)
      more = co_await exchange();
  }

 private:
  using HeaderParser = http::request_parser<http::buffer_body>;
  using ChunkedParser = http::request_parser<http::string_body>;

  // One request and its reply. False when the connection is to be closed.
  asio::awaitable<bool> exchange() {
    HeaderParser parser;
    parser.header_limit(most_header_bytes);
    // Bodies are measured here, not by the parser.
    parser.body_limit(boost::none);
    co_await http::async_read_header(stream_, buffer_, parser, use_awaitable);
    const std::uint64_t length = parser.content_length().value_or(0);
    if (length > most_body_bytes) {
      co_await refuse_body();
      co_return false;
    }
    if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
      constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
      co_await asio::async_write(stream_, asio::buffer(go_on.data(), go_on.size()), use_awaitable);
    }
    if (parser.chunked()) co_return co_await exchange_chunked(parser);
    const std::string_view body = co_await read_body(static_cast<std::size_t>(length));
    co_return co_await answer(parser.get(), body);
  }

  asio::awaitable<bool> exchange_chunked(HeaderParser& header) {
    ChunkedParser parser{std::move(header)};
    parser.body_limit(most_body_bytes);
    const auto [error, read] = co_await http::async_read(stream_, buffer_, parser, asio::as_tuple(use_awaitable));
    if (error == http::error::body_limit) {
      co_await refuse_body();
      co_return false;
    }
    if (error) throw boost::system::system_error{error};
    co_return co_await answer(parser.get(), parser.get().body());
  }

  // Straight into the body's buffer, in reads as large as what is missing.
  asio::awaitable<std::string_view> read_body(std::size_t length) {
    char* const room = body_.reserve(length);
    const std::size_t already = std::min(length, buffer_.size());
    if (already > 0) std::memcpy(room, buffer_.data().data(), already);
    buffer_.consume(already);
    const std::size_t missing = length - already;
    if (missing > 0) {
      co_await asio::async_read(
          stream_, asio::buffer(room + already, missing),
          [missing](const boost::system::error_code& error, std::size_t read) { return error ? 0 : missing - read; },
          use_awaitable);
    }
    co_return std::string_view{room, length};
  }

  template <typename Message>
  asio::awaitable<bool> answer(const Message& message, std::string_view body) {
    headers_.clear();
    for (const auto& field : message)
      headers_.emplace_back(to_std(field.name_string()), to_std(field.value()));
    const HttpRequest request{to_std(message.method_string()), to_std(message.target()), headers_, body};
    co_await shared_.gate.pass();
    const Reply reply = shared_.service.handle(request, shared_.clock.now(), scratch_);
    if (reply.latency > std::chrono::nanoseconds::zero()) {
      asio::steady_timer timer{co_await asio::this_coro::executor, reply.latency};
      co_await timer.async_wait(use_awaitable);
    }
    if (reply.drop || reply.delivery == Delivery::dropped) {
      shared_.service.count_drop();
      co_return false;
    }
    const bool keep_alive = message.keep_alive() && reply.delivery != Delivery::truncated;
    write_header(reply, keep_alive);
    const bool halved = reply.delivery == Delivery::truncated;
    const std::size_t sent = halved ? scratch_.answer.size() / 2 : scratch_.answer.size();
    const std::array buffers{asio::buffer(header_), asio::buffer(scratch_.answer.data(), sent)};
    co_await asio::async_write(stream_, buffers, use_awaitable);
    co_return keep_alive;
  }

  // Then reads on until the client has hung up: a connection that is closed over bytes not yet read is reset, and a
  // reset takes the refusal with it.
  asio::awaitable<void> refuse_body() {
    constexpr std::string_view refusal =
        "HTTP/1.1 413 Payload Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    co_await asio::async_write(stream_, asio::buffer(refusal.data(), refusal.size()), use_awaitable);
    constexpr std::size_t piece = 64U << 10U;
    char* const room = body_.reserve(piece);
    boost::system::error_code hung_up;
    while (!hung_up)
      std::tie(hung_up, std::ignore) =
          co_await stream_.async_read_some(asio::buffer(room, piece), asio::as_tuple(use_awaitable));
  }

  void write_header(const Reply& reply, bool keep_alive) {
    header_.assign("HTTP/1.1 ");
    header_ += std::to_string(reply.status);
    header_ += ' ';
    header_ += reason(reply.status);
    header_ += "\r\nx-amzn-RequestId: ";
    append_request_id();
    header_ += "\r\nContent-Type: ";
    header_ += reply.content_type;
    if (reply.date) header_.append("\r\nDate: ").append(http_date(*reply.date));
    header_ += "\r\nContent-Length: ";
    header_ += std::to_string(scratch_.answer.size());
    header_ += keep_alive ? "\r\n\r\n" : "\r\nConnection: close\r\n\r\n";
  }

  // In the form of a UUID, as the service's are.
  void append_request_id() {
    constexpr std::string_view digits = "0123456789abcdef";
    std::array<std::uint64_t, 2> words{request_ids_.next(), request_ids_.next()};
    for (unsigned i = 0; i < 32; ++i) {
      if (i == 8 || i == 12 || i == 16 || i == 20) header_ += '-';
      header_ += digits[(words[i / 16] >> (4U * (i % 16))) & 15U];
    }
  }

  Stream& stream_;
  Shared& shared_;
  beast::flat_buffer buffer_;
  BodyBuffer body_;
  Scratch scratch_;
  std::string header_;
  std::vector<std::pair<std::string_view, std::string_view>> headers_;
  pipeline::Random request_ids_{
      static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count())};
};

asio::awaitable<void> serve(tcp::socket socket, Shared& shared) {
  // The ways in which a connection ends: the client closes it, breaks it, or sends what is not HTTP.
  try {
    Conversation<tcp::socket> conversation{socket, shared};
    co_await conversation.run();
  } catch (const boost::system::system_error&) {
    co_return;
  }
}

asio::awaitable<void> serve_tls(tcp::socket socket, asio::ssl::context& context, Shared& shared) {
  try {
    asio::ssl::stream<tcp::socket> stream{std::move(socket), context};
    co_await stream.async_handshake(asio::ssl::stream_base::server, use_awaitable);
    Conversation<asio::ssl::stream<tcp::socket>> conversation{stream, shared};
    co_await conversation.run();
  } catch (const boost::system::system_error&) {
    co_return;
  }
}

}  // namespace

class Server::Implementation {
 public:
  Implementation(Service& service, const Clock& clock, const ServerOptions& options)
      : shared_{service, clock}, plain_{context_}, secure_{context_} {
    const auto address = parse_address(options.address);
    listen(plain_, {address, options.port});
    asio::co_spawn(context_, accept(plain_, false), asio::detached);
    if (options.certificate != nullptr) {
      const Certificate& certificate = *options.certificate;
      tls_.use_certificate_chain(asio::buffer(certificate.certificate + certificate.authority));
      tls_.use_private_key(asio::buffer(certificate.key), asio::ssl::context::pem);
      restrict_tls(options.tls_ciphersuites);
      listen(secure_, {address, options.tls_port});
      asio::co_spawn(context_, accept(secure_, true), asio::detached);
    }
    for (unsigned i = 0; i < std::max(1U, options.threads); ++i) {
      threads_.emplace_back([this] { context_.run(); });
    }
  }

  ~Implementation() {
    context_.stop();
    for (std::thread& thread : threads_)
      thread.join();
    shared_.gate.forget();
  }

  Implementation(const Implementation&) = delete;
  Implementation& operator=(const Implementation&) = delete;

  static std::uint16_t port_of(const tcp::acceptor& acceptor) {
    return acceptor.is_open() ? acceptor.local_endpoint().port() : std::uint16_t{0};
  }
  [[nodiscard]] std::uint16_t port() const { return port_of(plain_); }
  [[nodiscard]] std::uint16_t tls_port() const { return port_of(secure_); }
  Gate& gate() noexcept { return shared_.gate; }

 private:
  static void listen(tcp::acceptor& acceptor, const tcp::endpoint& endpoint) try {
    acceptor.open(endpoint.protocol());
    acceptor.set_option(asio::socket_base::reuse_address(true));
    acceptor.bind(endpoint);
    acceptor.listen();
  } catch (const boost::system::system_error& error) {
    throw_std(error, endpoint.address().to_string() + ", port " + std::to_string(endpoint.port()));
  }

  // A client that could fall back to TLS 1.2 would get a suite that nobody named.
  void restrict_tls(const std::string& suites) {
    if (suites.empty()) return;
    SSL_CTX_set_ciphersuites(tls_.native_handle(), suites.c_str());
    SSL_CTX_set_min_proto_version(tls_.native_handle(), TLS1_3_VERSION);
  }

  static asio::ip::address parse_address(const std::string& text) try {
    return asio::ip::make_address(text);
  } catch (const boost::system::system_error& error) {
    throw_std(error, "'" + text + "' is no address");
  }

  // Boost's exceptions are not for those who include the public header.
  [[noreturn]] static void throw_std(const boost::system::system_error& error, const std::string& what) {
    throw std::system_error{static_cast<std::error_code>(error.code()), what};
  }

  asio::awaitable<void> accept(tcp::acceptor& acceptor, bool secure) {
    for (;;) {
      boost::system::error_code error;
      const auto strand = asio::make_strand(context_);
      tcp::socket socket{strand};
      co_await acceptor.async_accept(socket, asio::redirect_error(use_awaitable, error));
      if (error) {
        // Out of file descriptors, or the client was quick to leave: the next one may fare better.
        asio::steady_timer pause{context_, std::chrono::milliseconds{50}};
        co_await pause.async_wait(use_awaitable);
        continue;
      }
      static_cast<void>(socket.set_option(tcp::no_delay{true}, error));  // without it answers are late, and right
      shared_.service.count_connection();
      if (secure) {
        asio::co_spawn(strand, serve_tls(std::move(socket), tls_, shared_), asio::detached);
      } else {
        asio::co_spawn(strand, serve(std::move(socket), shared_), asio::detached);
      }
    }
  }

  Shared shared_;
  asio::ssl::context tls_{asio::ssl::context::tls_server};
  // Ends before what its coroutines use.
  asio::io_context context_;
  tcp::acceptor plain_;
  tcp::acceptor secure_;
  std::vector<std::thread> threads_;
};

Server::Server(Service& service, const Clock& clock, const ServerOptions& options)
    : implementation_{std::make_unique<Implementation>(service, clock, options)} {}

Server::~Server() = default;

std::uint16_t Server::port() const noexcept {
  return implementation_->port();
}
std::uint16_t Server::tls_port() const noexcept {
  return implementation_->tls_port();
}
void Server::set_stalled(bool stalled) {
  implementation_->gate().set_shut(stalled);
}

}  // namespace aiokpl::emulator
