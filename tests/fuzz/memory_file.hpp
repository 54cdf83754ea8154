#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include <sys/mman.h>
#include <unistd.h>

namespace aiokpl::fuzz {

/// A file that is only in memory, with a path, for readers that open one.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view content) : fd_{::memfd_create("fuzz", MFD_CLOEXEC)} {
    if (fd_ < 0) throw std::runtime_error{"no file in memory"};
    while (!content.empty()) {
      const ssize_t written = ::write(fd_, content.data(), content.size());
      if (written <= 0) throw std::runtime_error{"a file in memory takes no more"};
      content.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  ~MemoryFile() { ::close(fd_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  int fd_;
};

}  // namespace aiokpl::fuzz
