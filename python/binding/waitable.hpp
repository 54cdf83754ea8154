#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <aiokpl/producer.hpp>

#include "mailbox.hpp"
#include "of_this_process.hpp"
#include "outcome.hpp"
#include "python.hpp"

namespace aiokpl::python {

/// Something of the core's that ends once, whoever waits for it: a task of an event loop (by a mailbox), or a thread.
class Waitable {
 public:
  Waitable() = default;
  Waitable(const Waitable&) = delete;
  Waitable& operator=(const Waitable&) = delete;
  virtual ~Waitable() = default;

  /// Calls back once, on a thread of the core's, when it may be over; false when it is over already.
  [[nodiscard]] virtual bool on_ready(std::function<void()> callback) = 0;
  /// Throws a RuntimeError in a child of the process that it is of: it never ends there.
  virtual void require_this_process() const = 0;
  /// What came of it, as Python sees it. Throws what the core threw.
  [[nodiscard]] virtual Reference take() = 0;
  /// Nobody waits any more. What does not need to happen then does not: nobody knows how long Python keeps the object.
  virtual void drop() = 0;
};

/// A put that waits for its place. Dropped, it withdraws the record.
class PendingPut final : public Waitable {
 public:
  PendingPut(Producer& producer, const Record& record) : awaiter_{new PutAwaiter(producer.put_record(record))} {}

  bool on_ready(std::function<void()> callback) override { return awaiter_->on_ready(std::move(callback)); }
  void require_this_process() const override { awaiter_.require("put_record"); }
  Reference take() override { return make_outcome(awaiter_->await_resume()); }
  void drop() override { awaiter_.reset(); }

 private:
  OfThisProcess<PutAwaiter> awaiter_;
};

/// A flush under way, or a close, whose value is the number of records that were aborted.
class PendingFlush final : public Waitable {
 public:
  PendingFlush(FlushAwaiter* owned, bool close) : awaiter_{owned}, close_{close} {}

  bool on_ready(std::function<void()> callback) override { return awaiter_->on_ready(std::move(callback)); }
  void require_this_process() const override { awaiter_.require(close_ ? "close" : "flush"); }
  Reference take() override {
    if (!close_) return Reference::borrow(Py_None);
    return checked(PyLong_FromUnsignedLongLong(awaiter_->await_resume().aborted));
  }
  void drop() override { awaiter_.reset(); }

 private:
  OfThisProcess<FlushAwaiter> awaiter_;
  bool close_;
};

/// The class `_core.Waitable`.
void bind_waitable(nb::module_& module);
/// A Python object that owns it.
[[nodiscard]] Reference to_python(std::unique_ptr<Waitable> waitable);

/// Arms a mailbox: the ticket that it will get, or 0 when there is nothing to wait for.
[[nodiscard]] std::uint64_t arm(Mailbox& mailbox, const std::function<bool(std::function<void()>)>& on_ready);

}  // namespace aiokpl::python
