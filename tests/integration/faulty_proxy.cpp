#include "integration/faulty_proxy.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace aiokpl::testing {
namespace {

using Clock = std::chrono::steady_clock;

// Small, so that a slow flow is felt by its sender, and not only by the system's buffers.
constexpr int socket_buffer = 16 * 1024;
constexpr std::size_t most_buffered = 64 * 1024;

[[noreturn]] void fail(const char* what) {
  throw std::system_error{errno, std::generic_category(), std::string{"FaultyProxy: "} + what};
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

int make_socket() {
  const int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made < 0) fail("socket");
  setsockopt(made, SOL_SOCKET, SO_RCVBUF, &socket_buffer, sizeof(socket_buffer));
  return made;
}

/// The blocking connect is at home: the answer of this machine's own port comes at once.
int connect_to(std::uint16_t port) {
  const int made = make_socket();
  const sockaddr_in address = loopback(port);
  if (connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return made;
  close(made);
  return -1;
}

void close_with_reset(int socket) {
  linger now{};
  now.l_onoff = 1;
  setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  close(socket);
}

/// The bytes of one direction, between the sockets.
struct Pipe {
  int from;
  int to;
  Flow flow;
  Clock::time_point since = Clock::now();
  std::uint64_t passed = 0;  // since then
  std::string waiting = {};
  bool ended = false;  // the sender has closed
  bool told = false;   // and the receiver knows

  void set(Flow chosen) {
    flow = chosen;
    since = Clock::now();
    passed = 0;
  }
  [[nodiscard]] bool wants_to_read() const {
    if (flow.kind == Flow::Kind::hold || ended) return false;
    return waiting.size() <
           (flow.rate > 0 ? std::min<std::uint64_t>(flow.rate / 10 + 1, most_buffered) : most_buffered);
  }
  /// How much may leave now.
  [[nodiscard]] std::size_t allowance(Clock::time_point now) const {
    if (flow.kind == Flow::Kind::hold) return 0;
    if (flow.kind == Flow::Kind::close || flow.kind == Flow::Kind::reset) {
      return std::min<std::uint64_t>(waiting.size(), flow.after - std::min(flow.after, passed));
    }
    if (flow.rate == 0) return waiting.size();
    const double due = std::chrono::duration<double>(now - since).count() * static_cast<double>(flow.rate);
    const auto allowed = static_cast<std::uint64_t>(due);
    return std::min<std::uint64_t>(waiting.size(), allowed - std::min(allowed, passed));
  }
  /// When the next byte of a slow flow is due.
  [[nodiscard]] Clock::time_point next_byte() const {
    if (flow.rate == 0 || waiting.empty()) return Clock::time_point::max();
    const double seconds = static_cast<double>(passed + 1) / static_cast<double>(flow.rate);
    return since + std::chrono::ceil<std::chrono::milliseconds>(std::chrono::duration<double>(seconds));
  }
  [[nodiscard]] bool cut() const {
    return (flow.kind == Flow::Kind::close || flow.kind == Flow::Kind::reset) && passed >= flow.after;
  }
};

}  // namespace

class FaultyProxy::Connection {
 public:
  Connection(int client, int target, Flow up, Flow down)
      : client_{client}, target_{target}, up_{client, target, up}, down_{target, client, down} {
    constexpr int on = 1;
    for (const int socket : {client_, target_})
      setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { end(false); }

  void set(Flow up, Flow down) {
    if (abandoned_) return;
    up_.set(up);
    down_.set(down);
  }
  void abandon() {
    set(Flow::swallow(), Flow::swallow());
    abandoned_ = true;
  }
  void end(bool with_reset) {
    for (int* socket : {&client_, &target_}) {
      if (*socket < 0) continue;
      if (with_reset) {
        close_with_reset(*socket);
      } else {
        close(*socket);
      }
      *socket = -1;
    }
  }
  [[nodiscard]] bool ended() const { return client_ < 0; }

  void watch(std::vector<pollfd>& watched, Clock::time_point now) const {
    watched.push_back({client_, events(up_, down_, now), 0});
    watched.push_back({target_, events(down_, up_, now), 0});
  }
  [[nodiscard]] Clock::time_point next_byte() const { return std::min(up_.next_byte(), down_.next_byte()); }

  /// Reads and writes what can be; adds what it read to the counts.
  void move(std::uint64_t& bytes_up, std::uint64_t& bytes_down) {
    const Clock::time_point now = Clock::now();
    const bool whole = sound(client_) && sound(target_) && read(up_, bytes_up) && read(down_, bytes_down) &&
                       write(up_, now) && write(down_, now);
    const bool nobody_left = up_.ended && up_.flow.kind == Flow::Kind::swallow;
    if (!whole || nobody_left) {
      end(true);  // as one side, so the other
    } else if (up_.cut() || down_.cut()) {
      end((up_.cut() ? up_ : down_).flow.kind == Flow::Kind::reset);
    } else if (up_.told && down_.told) {
      end(false);
    }
  }

 private:
  static short events(const Pipe& in, const Pipe& out, Clock::time_point now) {
    int wanted = in.wants_to_read() ? POLLIN : 0;
    if (out.allowance(now) > 0) wanted |= POLLOUT;
    return static_cast<short>(wanted);
  }
  /// Also while nothing is read from it.
  static bool sound(int socket) {
    int error = 0;
    socklen_t size = sizeof(error);
    return getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
  }
  static bool read(Pipe& pipe, std::uint64_t& count) {
    if (!pipe.wants_to_read()) return true;
    std::array<char, most_buffered> block{};
    const ssize_t got = recv(pipe.from, block.data(), block.size() - pipe.waiting.size(), MSG_DONTWAIT);
    if (got < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
    if (got == 0) pipe.ended = true;
    count += static_cast<std::uint64_t>(got);
    if (pipe.flow.kind != Flow::Kind::swallow) pipe.waiting.append(block.data(), static_cast<std::size_t>(got));
    return true;
  }
  static bool write(Pipe& pipe, Clock::time_point now) {
    const std::size_t allowed = pipe.allowance(now);
    if (allowed > 0) {
      const ssize_t put = send(pipe.to, pipe.waiting.data(), allowed, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (put < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
      pipe.waiting.erase(0, static_cast<std::size_t>(put));
      pipe.passed += static_cast<std::uint64_t>(put);
    }
    if (pipe.ended && pipe.waiting.empty() && !pipe.told) {
      pipe.told = true;
      // Who is silent does not say goodbye either.
      if (pipe.flow.kind != Flow::Kind::swallow) shutdown(pipe.to, SHUT_WR);
    }
    return true;
  }

  int client_;
  int target_;
  Pipe up_;
  Pipe down_;
  bool abandoned_ = false;
};

FaultyProxy::FaultyProxy(std::uint16_t target, std::uint16_t port) : target_{target}, port_{port} {
  wakeup_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wakeup_ < 0) fail("eventfd");
  listen_locked();
  thread_ = std::thread{[this] { run(); }};
}

FaultyProxy::~FaultyProxy() {
  {
    const std::lock_guard lock{mutex_};
    ended_ = true;
    wake();
  }
  thread_.join();
  connections_.clear();
  if (listener_ >= 0) close(listener_);
  close(wakeup_);
}

void FaultyProxy::listen_locked() {
  listener_ = make_socket();
  constexpr int on = 1;
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address = loopback(port_);
  socklen_t size = sizeof(address);
  if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 64) != 0) fail("listen");
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
}

std::string FaultyProxy::url(const std::string& scheme, const std::string& host) const {
  return scheme + "://" + host + ":" + std::to_string(port_);
}

void FaultyProxy::wake() {
  const std::uint64_t one = 1;
  if (::write(wakeup_, &one, sizeof(one)) < 0 && errno != EAGAIN) fail("wake-up");
}

void FaultyProxy::set(Flow up, Flow down) {
  const std::lock_guard lock{mutex_};
  up_ = up;
  down_ = down;
  for (Connection& connection : connections_)
    connection.set(up, down);
  wake();
}

void FaultyProxy::abandon() {
  const std::lock_guard lock{mutex_};
  for (Connection& connection : connections_)
    connection.abandon();
  wake();
}

void FaultyProxy::reset_all() {
  const std::lock_guard lock{mutex_};
  for (Connection& connection : connections_)
    connection.end(true);
  connections_.clear();
  wake();
}

void FaultyProxy::set_listening(bool listening) {
  const std::lock_guard lock{mutex_};
  if (listening && listener_ < 0) listen_locked();
  if (!listening && listener_ >= 0) close(std::exchange(listener_, -1));
  wake();
}

void FaultyProxy::set_target(std::uint16_t port) {
  const std::lock_guard lock{mutex_};
  target_ = port;
}

std::uint64_t FaultyProxy::accepted() const {
  const std::lock_guard lock{mutex_};
  return accepted_;
}
std::size_t FaultyProxy::open() const {
  const std::lock_guard lock{mutex_};
  return connections_.size();
}
std::uint64_t FaultyProxy::bytes_up() const {
  const std::lock_guard lock{mutex_};
  return bytes_up_;
}
std::uint64_t FaultyProxy::bytes_down() const {
  const std::lock_guard lock{mutex_};
  return bytes_down_;
}

bool FaultyProxy::await(const std::function<bool()>& condition) const {
  std::unique_lock lock{mutex_};
  return changed_.wait_for(lock, std::chrono::seconds{20}, condition);
}
bool FaultyProxy::await_accepted(std::uint64_t more_than) const {
  return await([&] { return accepted_ > more_than; });
}
bool FaultyProxy::await_bytes_up(std::uint64_t more_than) const {
  return await([&] { return bytes_up_ > more_than; });
}

void FaultyProxy::accept_one() {
  const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (client < 0) return;
  ++accepted_;
  if (const int target = connect_to(target_); target >= 0) {
    connections_.emplace_back(client, target, up_, down_);
  } else {
    close_with_reset(client);
  }
}

void FaultyProxy::run() {
  std::unique_lock lock{mutex_};
  while (!ended_) {
    std::vector<pollfd> watched{{wakeup_, POLLIN, 0}, {listener_, POLLIN, 0}};
    Clock::time_point until = Clock::time_point::max();
    const Clock::time_point now = Clock::now();
    for (const Connection& connection : connections_) {
      connection.watch(watched, now);
      until = std::min(until, connection.next_byte());
    }
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(std::min<Clock::duration>(
        std::chrono::seconds{1}, until == Clock::time_point::max() ? std::chrono::seconds{1} : until - now));
    lock.unlock();
    poll(watched.data(), watched.size(), static_cast<int>(std::max<std::int64_t>(wait.count(), 0)));
    lock.lock();
    std::uint64_t woken = 0;
    if ((watched[0].revents & POLLIN) != 0 && ::read(wakeup_, &woken, sizeof(woken)) < 0 && errno != EAGAIN) break;
    if ((watched[1].revents & POLLIN) != 0 && listener_ == watched[1].fd) accept_one();
    for (Connection& connection : connections_)
      connection.move(bytes_up_, bytes_down_);
    std::erase_if(connections_, [](const Connection& connection) { return connection.ended(); });
    changed_.notify_all();
  }
}

}  // namespace aiokpl::testing
