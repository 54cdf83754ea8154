#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <aiokpl/emulator.hpp>

#include "emulator/faults.hpp"
#include "emulator/put_operations.hpp"
#include "emulator/signatures.hpp"
#include "emulator/store.hpp"

namespace aiokpl::emulator {

/// What to send back, and how. The body is in the scratch that the request was handled with.
struct Reply {
  int status = 200;
  std::string_view content_type;
  Delivery delivery = Delivery::whole;
  /// Closes without having processed the request.
  bool drop = false;
  std::chrono::nanoseconds latency{};
  /// For the Date header, where requests are signed.
  std::optional<std::chrono::system_clock::time_point> date = std::nullopt;
};

/// What a connection keeps from request to request.
struct Scratch {
  PutOperation put;
  std::string answer;
};

/// Turns requests into replies: finds the operation, asks the faults, and works on the store. It has a lock and no
/// sockets; time comes in.
class Service {
 public:
  explicit Service(const Options& options);

  [[nodiscard]] Reply handle(const HttpRequest& request, Time now, Scratch& scratch);

  void set_faults(const Faults& faults);
  [[nodiscard]] Faults faults() const;
  void script(std::string_view operation, const ScriptedFault& fault, std::uint32_t times);
  [[nodiscard]] Counters counters() const;
  void count_connection();
  void count_drop();

  /// Runs `work(store)` under the lock.
  template <typename Work>
  decltype(auto) with_store(Work&& work) const {
    const std::scoped_lock lock{mutex_};
    return work(store_);
  }

 private:
  struct Incoming;

  Reply handle_operation(const Incoming& incoming, Scratch& scratch);
  void run(const Incoming& incoming, RequestFate& fate, Scratch& scratch);
  void run_put(const Incoming& incoming, RequestFate& fate, Scratch& scratch);
  [[nodiscard]] RequestFate admit(std::string_view operation, std::size_t body_size);
  void refuse(const ApiError& error, Protocol protocol, Reply& reply, Scratch& scratch);
  Reply handle_control(const HttpRequest& request, Scratch& scratch);
  [[nodiscard]] std::string counters_json() const;

  std::string region_;
  /// Empty: signatures are not looked at.
  KeyLookup keys_;
  std::chrono::seconds clock_skew_;
  bool decode_;
  mutable std::mutex mutex_;
  mutable Store store_;
  FaultPlan plan_;
  Counters counters_;
};

}  // namespace aiokpl::emulator
