#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "aws/credentials.hpp"
#include "aws/credentials_source.hpp"

namespace aiokpl::aws {

/// Stands before a source that may take long: `get` answers at once from what has come, and a thread of its own
/// fetches ahead of expiry, as RefreshSchedule has it. The thread starts with the first `get`. Until something has
/// come, and after it has expired or was refused while there is hope, the outcome is `pending`. Any thread.
class RefreshingCredentials final : public CredentialsProvider {
 public:
  /// `context.stop` is replaced by one of this object's own.
  RefreshingCredentials(SourcePtr source, FetchContext context);
  /// Asks a fetch that is under way to stop, and waits for it, a second at most: one that is stuck is left alone with
  /// what it needs. No listener is called afterwards.
  ~RefreshingCredentials() override;

  [[nodiscard]] CredentialsOutcome get(std::chrono::system_clock::time_point now) override;
  /// As `refresh_now`.
  void expired(const Credentials& rejected) override;
  [[nodiscard]] bool renews() const override { return true; }
  /// As one of `add_listener`.
  void set_listener(const std::function<void()>& listener) override;
  void await(std::chrono::nanoseconds limit) override;

  /// The service refused the credentials with this key id as expired: they are handed out no more, and others are
  /// fetched at once. Nothing where others have come already, or are on their way. Empty: those of now.
  void refresh_now(std::string_view access_key_id = {});

  /// Called after every fetch, whatever came of it, on the thread that fetches: a hint to ask `get` again. It must not
  /// wait, throw, add or remove listeners, or destroy this object.
  std::uint64_t add_listener(std::function<void()> listener);
  /// When it returns the listener is not running and will not be called.
  void remove_listener(std::uint64_t id);

 private:
  struct State;
  class Worker;
  std::shared_ptr<State> state_;
  std::unique_ptr<Worker> worker_;
  std::uint64_t listener_ = 0;  // of `set_listener`; 0: none
};

}  // namespace aiokpl::aws
