#pragma once

#include <cstddef>
#include <memory>

namespace aiokpl::codec {

/// Memory for text that has to be decoded (escapes, chunks). Decoded text is never longer than its encoded form, so
/// room for one body's size suffices for all of it: it is made on first use, and nothing handed out ever moves.
class TextArena {
 public:
  /// Forgets everything handed out before; `limit` is the most that will be taken until the next reset.
  void reset(std::size_t limit) noexcept {
    limit_ = limit;
    used_ = 0;
    ready_ = false;
  }

  /// The place where the next text is written; `take` says afterwards how long it became.
  [[nodiscard]] char* place() {
    if (!ready_) prepare();
    return memory_.get() + used_;
  }
  void take(std::size_t size) noexcept { used_ += size; }

 private:
  void prepare() {
    if (capacity_ < limit_) {
      memory_ = std::make_unique_for_overwrite<char[]>(limit_);
      capacity_ = limit_;
    }
    ready_ = true;
  }

  std::unique_ptr<char[]> memory_;
  std::size_t capacity_ = 0;
  std::size_t limit_ = 0;
  std::size_t used_ = 0;
  bool ready_ = false;
};

}  // namespace aiokpl::codec
