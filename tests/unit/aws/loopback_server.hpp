#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

struct ssl_ctx_st;
struct ssl_st;

/// A server for the tests of the HTTP layer: a thread for each connection runs the test's own script over a raw socket.
namespace aiokpl::test {

struct Request {
  std::string line;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

/// One connection, in the hands of the script. Every call gives up after ten seconds.
class Connection {
 public:
  Connection(int socket, ssl_ctx_st* tls);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// The head of the next request; nothing when the client closed.
  std::optional<Request> read_head();
  /// The head and the whole body.
  std::optional<Request> read_request();
  /// Exactly so many bytes, or fewer when the client closed.
  std::string read_bytes(std::size_t count);
  void send(std::string_view bytes);
  /// Waits until the client closes.
  void await_close();
  /// Closes with a reset instead of an orderly end.
  void reset();
  /// Passes bytes on, both ways, between here and a connected socket, until one of the two closes. Not under TLS.
  void join(int other);
  /// Ends reads and writes of another thread.
  void shut_down();

 private:
  std::size_t receive(char* data, std::size_t size);

  int socket_;
  ssl_st* tls_ = nullptr;
  bool open_ = true;
  std::string buffered_;
};

/// A self-signed certificate, made for this run.
struct Certificate {
  /// Good from and until these moments, as seen from now, for names as OpenSSL writes them.
  explicit Certificate(std::chrono::seconds from = -std::chrono::hours{1},
                       std::chrono::seconds until = std::chrono::hours{1}, const std::string& names = "DNS:localhost");
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;
  ~Certificate();

  ssl_ctx_st* context = nullptr;
  std::string pem;
};

class LoopbackServer {
 public:
  using Script = std::function<void(Connection&)>;

  /// A small receive buffer leaves what the script has not read yet in the client's socket.
  explicit LoopbackServer(Script script, const Certificate* certificate = nullptr, int receive_buffer = 0);
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;
  ~LoopbackServer();

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] std::string url(std::string_view host = "127.0.0.1") const;
  /// How many connections were accepted so far.
  [[nodiscard]] int connections() const;

 private:
  struct Served {
    std::thread thread;
    const std::unique_ptr<Connection>* connection;  // null once the script has ended
  };

  void accept_loop();
  /// With the mutex locked: lets go of the threads whose scripts have ended.
  void reap();

  Script script_;
  const Certificate* certificate_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::list<std::unique_ptr<Connection>> connections_;
  std::list<Served> served_;
  std::thread acceptor_;
};

/// A port to which connections can be made, and where nobody takes them.
class DeafListener {
 public:
  DeafListener();
  DeafListener(const DeafListener&) = delete;
  DeafListener& operator=(const DeafListener&) = delete;
  ~DeafListener();
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

 private:
  int listener_ = -1;
  std::uint16_t port_ = 0;
};

/// Something that one thread reports and another one waits for, ten seconds at most.
class Event {
 public:
  void set();
  [[nodiscard]] bool wait();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool set_ = false;
};

[[nodiscard]] std::string http_answer(int status, std::string_view body, std::string_view headers = {});
/// A port of 127.0.0.1 where nobody listens.
[[nodiscard]] std::uint16_t refusing_port();

}  // namespace aiokpl::test
