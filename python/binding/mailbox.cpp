#include "mailbox.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <sys/eventfd.h>
#include <unistd.h>

namespace aiokpl::python {

Mailbox::Mailbox() : descriptor_{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
  if (descriptor_ < 0) throw std::system_error{errno, std::generic_category(), "eventfd"};
}

Mailbox::~Mailbox() {
  close();
}

void Mailbox::close() {
  const std::lock_guard lock{mutex_};
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

std::function<void()> Mailbox::delivery(std::uint64_t ticket) {
  return [self = shared_from_this(), ticket] { self->deliver(ticket); };
}

void Mailbox::deliver(std::uint64_t ticket) {
  const std::lock_guard lock{mutex_};
  if (descriptor_ < 0) return;
  delivered_.push_back(ticket);
  // The counter cannot be full: it is read before it is written again.
  if (delivered_.size() == 1) eventfd_write(descriptor_, 1);
}

std::vector<std::uint64_t> Mailbox::take() {
  eventfd_t count = 0;
  // Read first: what comes after that makes it readable again.
  eventfd_read(descriptor_, &count);
  const std::lock_guard lock{mutex_};
  return std::exchange(delivered_, {});
}

}  // namespace aiokpl::python
