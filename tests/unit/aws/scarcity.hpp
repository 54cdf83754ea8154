#pragma once

#include <cstddef>
#include <vector>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace aiokpl::test {

/// While it lives this process can open so many files more, and no others.
class Scarcity {
 public:
  explicit Scarcity(std::size_t left) {
    getrlimit(RLIMIT_NOFILE, &before_);
    // A low limit, so that few have to be taken; beyond those that are open, since poll wants it so.
    rlimit tight = before_;
    const int next = open("/dev/null", O_RDONLY | O_CLOEXEC);
    taken_.push_back(next);
    tight.rlim_cur = static_cast<rlim_t>(next) + 64;
    setrlimit(RLIMIT_NOFILE, &tight);
    for (int more = 0; (more = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;)
      taken_.push_back(more);
    for (; left > 0; --left) {
      close(taken_.back());
      taken_.pop_back();
    }
  }
  Scarcity(const Scarcity&) = delete;
  Scarcity& operator=(const Scarcity&) = delete;
  ~Scarcity() {
    setrlimit(RLIMIT_NOFILE, &before_);
    for (const int descriptor : taken_)
      close(descriptor);
  }

 private:
  rlimit before_{};
  std::vector<int> taken_;
};

}  // namespace aiokpl::test
