#include "producer_core.hpp"

#include <new>
#include <string>

#include "gil.hpp"

namespace aiokpl::python {

ProducerCore::~ProducerCore() {
  if (!producer_) return;
  if (is_parents()) {
    // Its threads are in the parent: ending it would wait for them for ever.
    static_cast<void>(new (std::nothrow) std::shared_ptr<Producer>{std::move(producer_)});
    return;
  }
  shut_down();
}

const Metrics* ProducerCore::metrics() const {
  if (is_parents()) raise_parents();
  return metrics_ ? &*metrics_ : nullptr;
}

void ProducerCore::raise_parents() const {
  PyErr_Format(PyExc_RuntimeError,
               "this %s was entered in the process that this one was forked from, where its threads are; enter one "
               "after the fork",
               name());
  throw PythonErrorSet{};
}

void ProducerCore::enter(Config config) {
  if (is_parents()) raise_parents();
  if (entered_) {
    PyErr_Format(PyExc_RuntimeError, "%s was entered before: it serves once, make another one", name());
    throw PythonErrorSet{};
  }
  entered_ = true;
  generation_ = process_generation();
  std::shared_ptr<Producer> made;
  {
    const WithoutGil without_gil;
    made = std::make_shared<Producer>(std::move(config));
  }
  producer_ = std::move(made);
  metrics_ = producer_->metrics();
}

Producer& ProducerCore::open() {
  if (is_parents()) raise_parents();
  if (producer_) return *producer_;
  if (!entered_) {
    PyErr_Format(PyExc_RuntimeError, "%s not entered: use it as `%s %s(config) as producer:`", name(),
                 sync_ ? "with" : "async with", name());
  } else {
    PyErr_SetString(PyExc_RuntimeError, "Producer is closed");
  }
  throw PythonErrorSet{};
}

std::shared_ptr<Producer> ProducerCore::if_open() const noexcept {
  return generation_ == process_generation() ? producer_ : nullptr;
}

void ProducerCore::shut_down() {
  if (!producer_ || generation_ != process_generation()) return;
  std::shared_ptr<Producer> last = std::move(producer_);
  const WithoutGil without_gil;
  last.reset();
}

}  // namespace aiokpl::python
