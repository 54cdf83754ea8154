#include "sinks/prometheus/scrape_server.hpp"

#include <chrono>
#include <csignal>
#include <exception>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <pthread.h>

namespace aiokpl::sinks {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::use_awaitable;
using asio::ip::tcp;
using Request = http::request<http::empty_body>;
using Response = http::response<http::string_body>;

// For a request to come and for each answer to be taken.
constexpr std::chrono::seconds patience{10};
constexpr std::chrono::milliseconds pause_without_descriptors{100};
constexpr std::uint32_t most_header_bytes = 16U << 10U;
constexpr int most_connections = 64;

// All of them go to the program's own threads.
class SignalsBlocked {
 public:
  SignalsBlocked() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

class Counted {
 public:
  explicit Counted(int& count) noexcept : count_{count} { ++count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --count_; }

 private:
  int& count_;
};

}  // namespace

bool is_ip_address(const std::string& text) {
  // The system's functions would stop reading there.
  if (text.find('\0') != std::string::npos) return false;
  boost::system::error_code error;
  static_cast<void>(asio::ip::make_address(text, error));
  return !error;
}

class ScrapeServer::Impl {
 public:
  Impl(const std::string& address, std::uint16_t port, std::string path, Page page)
      : path_{std::move(path)}, page_{std::move(page)} {
    listen(tcp::endpoint{asio::ip::make_address(address), port});
    asio::co_spawn(context_, accept(), asio::detached);
    const SignalsBlocked blocked;
    thread_ = std::thread{[this] { run(); }};
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    context_.stop();
    thread_.join();
  }

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

 private:
  void listen(const tcp::endpoint& where) {
    try {
      acceptor_.open(where.protocol());
      // A port whose last connections still rest is free.
      acceptor_.set_option(tcp::acceptor::reuse_address{true});
      acceptor_.bind(where);
      acceptor_.listen(tcp::acceptor::max_listen_connections);
      port_ = acceptor_.local_endpoint().port();
    } catch (const boost::system::system_error& error) {
      throw std::system_error{error.code().value(), std::system_category()};
    }
  }

  void run() noexcept {
    for (;;) {
      try {
        context_.run();
        return;
      } catch (...) {
        // One connection's, for want of memory: the others go on.
        continue;
      }
    }
  }

  asio::awaitable<void> accept() {
    asio::steady_timer pause{context_};
    for (;;) {
      boost::system::error_code error;
      tcp::socket socket = co_await acceptor_.async_accept(asio::redirect_error(use_awaitable, error));
      if (!error) {
        if (connections_ < most_connections) asio::co_spawn(context_, converse(std::move(socket)), asio::detached);
        continue;
      }
      // Without descriptors the same connection would be offered again at once.
      pause.expires_after(pause_without_descriptors);
      co_await pause.async_wait(asio::redirect_error(use_awaitable, error));
    }
  }

  asio::awaitable<void> converse(tcp::socket socket) {
    const Counted counted{connections_};
    beast::tcp_stream stream{std::move(socket)};
    beast::flat_buffer buffer;
    try {
      for (bool more = true; more;) {
        http::request_parser<http::empty_body> parser;
        parser.header_limit(most_header_bytes);
        stream.expires_after(patience);
        co_await http::async_read(stream, buffer, parser, use_awaitable);
        Response response = answer(parser.get());
        more = response.keep_alive();
        stream.expires_after(patience);
        if (parser.get().method() == http::verb::head) {
          http::response<http::empty_body> head{std::move(response.base())};
          co_await http::async_write(stream, head, use_awaitable);
        } else {
          co_await http::async_write(stream, response, use_awaitable);
        }
      }
    } catch (const boost::system::system_error&) {
      co_return;  // the client is gone, too slow, or does not speak HTTP
    }
  }

  Response answer(const Request& request) const {
    Response response{http::status::ok, request.version()};
    const std::string_view target{request.target().data(), request.target().size()};
    response.set(http::field::content_type, "text/plain; version=0.0.4; charset=utf-8");
    if (target.substr(0, target.find('?')) != path_) {
      response.result(http::status::not_found);
      response.body() = "The metrics are at " + path_ + "\n";
    } else if (request.method() != http::verb::get && request.method() != http::verb::head) {
      response.result(http::status::method_not_allowed);
      response.set(http::field::allow, "GET, HEAD");
    } else {
      response.body() = page_();
    }
    response.keep_alive(request.keep_alive());
    response.prepare_payload();
    return response;
  }

  const std::string path_;
  const Page page_;
  std::uint16_t port_ = 0;
  // What follows has the conversations, which end with the context: they count here.
  int connections_ = 0;
  asio::io_context context_{1};
  tcp::acceptor acceptor_{context_};
  std::thread thread_;
};

ScrapeServer::ScrapeServer(const std::string& address, std::uint16_t port, std::string path, Page page)
    : impl_{std::make_unique<Impl>(address, port, std::move(path), std::move(page))} {}

ScrapeServer::~ScrapeServer() = default;

std::uint16_t ScrapeServer::port() const noexcept {
  return impl_->port();
}

}  // namespace aiokpl::sinks
