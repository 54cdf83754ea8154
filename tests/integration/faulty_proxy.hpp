#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace aiokpl::testing {

/// What happens to the bytes that flow one way through a connection.
struct Flow {
  enum class Kind {
    pass,
    hold,     ///< Nothing is read: the sender's buffers fill up.
    swallow,  ///< Everything is read and thrown away, as by a peer that is gone without a word.
    close,    ///< So many bytes pass, then both ends see an orderly end.
    reset,    ///< So many bytes pass, then both ends see a reset.
  };
  Kind kind = Kind::pass;
  /// Pass: bytes a second, one at a time where they are few; 0: as they come.
  std::uint64_t rate = 0;
  /// Close, reset: bytes that pass before.
  std::uint64_t after = 0;

  [[nodiscard]] static Flow pass() noexcept { return {}; }
  [[nodiscard]] static Flow hold() noexcept { return {.kind = Kind::hold}; }
  [[nodiscard]] static Flow swallow() noexcept { return {.kind = Kind::swallow}; }
  [[nodiscard]] static Flow drip(std::uint64_t bytes_per_second) noexcept { return {.rate = bytes_per_second}; }
  [[nodiscard]] static Flow close_after(std::uint64_t bytes) noexcept { return {.kind = Kind::close, .after = bytes}; }
  [[nodiscard]] static Flow reset_after(std::uint64_t bytes) noexcept { return {.kind = Kind::reset, .after = bytes}; }
};

/// A TCP proxy of the loopback between a producer and a local Kinesis, for what a network does to connections. It does
/// not look into what it passes on: TLS goes through it. Its port stays its own while it lives. Any thread.
class FaultyProxy {
 public:
  /// Passes everything on to a port of 127.0.0.1. `port`: where to listen; 0 takes any free one.
  explicit FaultyProxy(std::uint16_t target, std::uint16_t port = 0);
  FaultyProxy(const FaultyProxy&) = delete;
  FaultyProxy& operator=(const FaultyProxy&) = delete;
  /// Closes everything.
  ~FaultyProxy();

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  /// "http://127.0.0.1:4567"; `host` is a name of the loopback.
  [[nodiscard]] std::string url(const std::string& scheme = "http", const std::string& host = "127.0.0.1") const;

  /// From now on, on connections that are open and on those to come. Counts and rates start anew.
  void set(Flow up, Flow down);
  void pass() { set(Flow::pass(), Flow::pass()); }
  /// The connections that are open now fall silent for good, and do not close; new ones are served.
  void abandon();
  /// The connections that are open now are reset.
  void reset_all();
  /// Closed: the port refuses, and what is open goes on.
  void set_listening(bool listening);
  /// Where new connections lead to.
  void set_target(std::uint16_t port);

  /// Connections that were accepted so far, and those that are open.
  [[nodiscard]] std::uint64_t accepted() const;
  [[nodiscard]] std::size_t open() const;
  /// Bytes that were read from clients, and from the target.
  [[nodiscard]] std::uint64_t bytes_up() const;
  [[nodiscard]] std::uint64_t bytes_down() const;
  /// Each waits until there were more than so many, twenty seconds at most; false after that.
  [[nodiscard]] bool await_accepted(std::uint64_t more_than) const;
  [[nodiscard]] bool await_bytes_up(std::uint64_t more_than) const;

 private:
  class Connection;

  void listen_locked();
  void run();
  void accept_one();
  void wake();
  [[nodiscard]] bool await(const std::function<bool()>& condition) const;

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::uint16_t target_;
  std::uint16_t port_ = 0;
  int listener_ = -1;
  int wakeup_ = -1;
  bool ended_ = false;
  Flow up_;
  Flow down_;
  std::uint64_t accepted_ = 0;
  std::uint64_t bytes_up_ = 0;
  std::uint64_t bytes_down_ = 0;
  std::list<Connection> connections_;
  std::thread thread_;
};

}  // namespace aiokpl::testing
