#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include <aiokpl/outcome.hpp>

#include "mailbox.hpp"
#include "of_this_process.hpp"
#include "python.hpp"

namespace aiokpl::python {

/// The outcomes of a bulk put, in the order of its records: one object for all of them.
class Outcomes {
 public:
  Outcomes(std::vector<Outcome> outcomes, bool sync)
      : outcomes_{new std::vector<Outcome>(std::move(outcomes))}, sync_{sync} {}

  [[nodiscard]] std::size_t size() const noexcept { return outcomes_->size(); }
  [[nodiscard]] Reference at(std::size_t index) const;
  /// Whether all results are there.
  [[nodiscard]] bool all_set() const;
  /// A list of all results, in order.
  [[nodiscard]] Reference results() const;
  /// Arms a mailbox for the last one that is not set: most end in the order in which they were put. 0 when all are set.
  [[nodiscard]] std::uint64_t arm(Mailbox& mailbox);
  /// Blocks without the GIL; false when the time ran out.
  [[nodiscard]] bool wait(std::optional<std::chrono::nanoseconds> timeout) const;

 private:
  /// The last that is not set; nothing when all are. What was found set is not looked at again.
  [[nodiscard]] const Outcome* last_outstanding() const;

  OfThisProcess<std::vector<Outcome>> outcomes_;
  mutable std::size_t set_from_ = ~std::size_t{0};
  bool sync_;
};

/// Of an async producer, and of a SyncProducer.
class AsyncOutcomes final : public Outcomes {
 public:
  explicit AsyncOutcomes(std::vector<Outcome> outcomes) : Outcomes{std::move(outcomes), false} {}
};

class SyncOutcomes final : public Outcomes {
 public:
  explicit SyncOutcomes(std::vector<Outcome> outcomes) : Outcomes{std::move(outcomes), true} {}
};

/// Null where the object is something else.
[[nodiscard]] Outcomes* outcomes_of(PyObject* object) noexcept;
[[nodiscard]] Reference make_outcomes(std::vector<Outcome> outcomes);
[[nodiscard]] Reference make_sync_outcomes(std::vector<Outcome> outcomes);

void bind_outcomes(nb::module_& module);

}  // namespace aiokpl::python
