#include "waitable.hpp"

#include <nanobind/stl/unique_ptr.h>

namespace aiokpl::python {

std::uint64_t arm(Mailbox& mailbox, const std::function<bool(std::function<void()>)>& on_ready) {
  const std::uint64_t ticket = mailbox.next_ticket();
  return on_ready(mailbox.delivery(ticket)) ? ticket : 0;
}

void bind_waitable(nb::module_& module) {
  nb::class_<Waitable>(module, "Waitable").def("_arm", [](Waitable& self, Mailbox& mailbox) {
    self.require_this_process();
    return arm(mailbox, [&](std::function<void()> callback) { return self.on_ready(std::move(callback)); });
  });
}

Reference to_python(std::unique_ptr<Waitable> waitable) {
  nb::object object = nb::cast(std::move(waitable));
  return Reference{object.release().ptr()};
}

}  // namespace aiokpl::python
