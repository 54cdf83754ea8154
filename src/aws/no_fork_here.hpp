#pragma once

namespace aiokpl::aws {

/// Stands where the process-wide state of libcurl and OpenSSL is in use. A fork waits until no thread is in such a
/// place, so that the child finds their locks free and their tables whole: it may start a producer of its own while the
/// parent's are busy. It must not be held while something is waited for. One may stand within another. Any thread.
class NoForkHere {
 public:
  NoForkHere() noexcept;
  ~NoForkHere();
  NoForkHere(const NoForkHere&) = delete;
  NoForkHere& operator=(const NoForkHere&) = delete;
};

}  // namespace aiokpl::aws
