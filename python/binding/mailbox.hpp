#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace aiokpl::python {

/// What the core's threads tell an event loop: numbers of what is over, and a file descriptor that becomes readable
/// with the first of them. Whoever writes needs no GIL, and many that end together wake the loop once.
class Mailbox : public std::enable_shared_from_this<Mailbox> {
 public:
  /// Throws std::system_error when the system has no descriptor left.
  Mailbox();
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

  /// A number that was not given yet; never 0.
  [[nodiscard]] std::uint64_t next_ticket() noexcept { return ++last_ticket_; }
  /// For the core: drops the ticket in here. Any thread.
  [[nodiscard]] std::function<void()> delivery(std::uint64_t ticket);
  void deliver(std::uint64_t ticket);

  /// Its event loop is over: what comes from now on is dropped. Gives the descriptor back.
  void close();

  /// Everything that came since the last call. The loop's thread.
  [[nodiscard]] std::vector<std::uint64_t> take();

 private:
  int descriptor_;  // -1 once it is closed, under the lock
  std::atomic<std::uint64_t> last_ticket_ = 0;
  std::mutex mutex_;
  std::vector<std::uint64_t> delivered_;
};

}  // namespace aiokpl::python
