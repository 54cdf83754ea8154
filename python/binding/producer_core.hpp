#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include <aiokpl/producer.hpp>

#include "python.hpp"

namespace aiokpl::python {

/// What stands behind `aiokpl.Producer` and `aiokpl.SyncProducer`: nothing until it is entered, then a producer of the
/// core's. All of it is under the GIL; what waits lets go of that, and keeps the producer alive meanwhile.
class ProducerCore {
 public:
  explicit ProducerCore(bool sync) : sync_{sync} {}
  ProducerCore(const ProducerCore&) = delete;
  ProducerCore& operator=(const ProducerCore&) = delete;
  /// Closes, where that was forgotten; in a child of the process that entered it, lets go of it.
  ~ProducerCore();

  /// Makes the core's producer, without the GIL. Throws what that throws, and where it was entered before.
  void enter(Config config);
  /// The producer, for as long as the reference is held with the GIL. Throws a RuntimeError that says why there is
  /// none: not entered, closed, or of the process that this one was forked from.
  [[nodiscard]] Producer& open();
  /// The same for what goes on without the GIL.
  [[nodiscard]] std::shared_ptr<Producer> shared() {
    static_cast<void>(open());
    return producer_;
  }
  /// Whether it was entered in the process that this one was forked from, and not shut down there.
  [[nodiscard]] bool is_parents() const noexcept { return producer_ && generation_ != process_generation(); }
  /// Null before it was entered, after `shut_down`, and in a child.
  [[nodiscard]] std::shared_ptr<Producer> if_open() const noexcept;
  [[nodiscard]] bool entered() const noexcept { return entered_; }

  /// Destroys the producer, without the GIL: joins its threads. Not while an event loop waits.
  void shut_down();
  /// For metrics, which outlive the producer; null before it was entered. Throws a RuntimeError where they are the
  /// parent's.
  [[nodiscard]] const Metrics* metrics() const;

  /// Every so many puts that found their place at once, an async producer lets the event loop run.
  [[nodiscard]] bool breath_is_due() noexcept { return ++puts_ % puts_to_a_breath == 0; }

 private:
  [[nodiscard]] const char* name() const noexcept { return sync_ ? "SyncProducer" : "Producer"; }
  [[noreturn]] void raise_parents() const;

  static constexpr std::uint32_t puts_to_a_breath = 512;

  bool sync_;
  bool entered_ = false;
  std::uint32_t generation_ = 0;
  std::uint32_t puts_ = 0;
  std::shared_ptr<Producer> producer_;
  std::optional<Metrics> metrics_;
};

void bind_producer(nb::module_& module);
/// `aiokpl.UserRecord`, for bulk puts.
void set_user_record_class(nb::object user_record);

}  // namespace aiokpl::python
