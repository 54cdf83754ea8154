#pragma once

#include <cstddef>
#include <mutex>
#include <new>
#include <vector>

namespace aiokpl::detail {

/// Memory of objects of one type that are gone, for the next ones. Thread-safe.
class SpareMemory {
 public:
  void* take(std::size_t size) {
    {
      const std::lock_guard lock{mutex_};
      if (!spare_.empty()) {
        void* place = spare_.back();
        spare_.pop_back();
        return place;
      }
    }
    return ::operator new(size);
  }
  void give_back(void* place) noexcept {
    {
      const std::lock_guard lock{mutex_};
      if (spare_.size() < spare_.capacity()) {
        spare_.push_back(place);
        return;
      }
    }
    ::operator delete(place);
  }

  /// Around a fork.
  void lock() { mutex_.lock(); }
  void unlock() { mutex_.unlock(); }

 private:
#if defined(__SANITIZE_ADDRESS__)
  static constexpr std::size_t most = 0;  // the sanitizer is to see who uses what is gone
#else
  static constexpr std::size_t most = 1024;
#endif
  static std::vector<void*> empty_with_room() {
    std::vector<void*> spare;
    spare.reserve(most);
    return spare;
  }

  std::mutex mutex_;
  std::vector<void*> spare_ = empty_with_room();
};

}  // namespace aiokpl::detail
