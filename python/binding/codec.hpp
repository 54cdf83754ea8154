#pragma once

#include "python.hpp"

namespace aiokpl::python {

/// The aggregated format and hash keys, as functions of the module.
void bind_codec(nb::module_& module);
void set_codec_classes(nb::object user_record, nb::object tag, nb::object decoded_record);

}  // namespace aiokpl::python
