#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <aiokpl/emulator.hpp>

#include "gil.hpp"
#include "python.hpp"

namespace aiokpl::python {

/// What stands behind `aiokpl.local.LocalKinesis`. All of it is under the GIL, which is let go of while the local
/// Kinesis works.
class LocalCore {
 public:
  /// Where it is reached. Known without asking the server, so that a child of this process may put into it.
  struct Addresses {
    std::uint16_t port = 0;
    std::string endpoint_url;
    std::string tls_endpoint_url;
  };

  /// Throws what the local Kinesis throws.
  explicit LocalCore(const emulator::Options& options);
  LocalCore(const LocalCore&) = delete;
  LocalCore& operator=(const LocalCore&) = delete;
  /// Stops; in a child of the process that made it, lets go of it.
  ~LocalCore();

  /// Throws an OSError where an address or port is not to be had.
  void start();
  /// In a child there is nothing to stop.
  void stop();

  [[nodiscard]] bool serving() const noexcept { return addresses_.has_value(); }
  /// Throws a RuntimeError while it does not serve.
  [[nodiscard]] const Addresses& addresses() const;
  [[nodiscard]] const std::string& certificate() const noexcept { return certificate_; }

  /// The local Kinesis. Throws a RuntimeError in a child: a thread of the parent's may hold its locks for ever there.
  [[nodiscard]] emulator::LocalKinesis& here() const;

 private:
  std::unique_ptr<emulator::LocalKinesis> kinesis_;
  std::string certificate_;
  std::uint32_t generation_;
  std::optional<Addresses> addresses_;
};

/// From an object with attributes of the fields' names, whose types and ranges were checked.
[[nodiscard]] emulator::StreamSpec read_stream_spec(nb::handle spec);
[[nodiscard]] emulator::Options read_local_options(nb::handle options);

}  // namespace aiokpl::python
