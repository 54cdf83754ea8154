#include "local.hpp"

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "cli/exit_status.hpp"
#include "cli/local_options.hpp"
#include "emulator/faults.hpp"
#include "local_core.hpp"
#include "local_records.hpp"

namespace aiokpl::python {

namespace {

using emulator::LocalKinesis;
using emulator::StreamSpec;

emulator::ScriptedFault::Kind fault_kind(const std::string& name) {
  using Kind = emulator::ScriptedFault::Kind;
  constexpr std::pair<const char*, Kind> kinds[] = {{"error", Kind::error},
                                                    {"drop", Kind::drop},
                                                    {"drop_after", Kind::drop_after},
                                                    {"truncate", Kind::truncate},
                                                    {"garbage", Kind::garbage},
                                                    {"wrong_count", Kind::wrong_count},
                                                    {"throttle_records", Kind::throttle_records},
                                                    {"fail_records", Kind::fail_records}};
  std::string all;
  for (const auto& [known, kind] : kinds) {
    if (name == known) return kind;
    all += (all.empty() ? "" : ", ") + std::string{known};
  }
  throw std::invalid_argument{"kind: must be one of " + all + ", got '" + name + "'"};
}

nb::tuple parse_stream(const std::string& spec) {
  try {
    const StreamSpec parsed = cli::parse_stream_spec(spec);
    return nb::make_tuple(parsed.name, parsed.shards, parsed.on_demand, parsed.automatic_distribution);
  } catch (const cli::CommandError& error) {
    // The command line's words, without the name of its flag.
    const std::string words = error.what();
    throw std::invalid_argument{"streams" + words.substr(words.find(':'))};
  }
}

void split_shard(const LocalCore& self, const std::string& stream, const std::string& shard_id,
                 const std::optional<std::string>& hash_key) {
  LocalKinesis& kinesis = self.here();
  const std::optional<HashKey> key = hash_key ? HashKey::from_decimal(*hash_key) : std::nullopt;
  if (hash_key && !key) {
    throw std::invalid_argument{"new_starting_hash_key: must be a number from 0 to 2**128 - 1, got " + *hash_key};
  }
  without_gil([&] {
    if (key) {
      kinesis.split_shard(stream, shard_id, *key);
    } else {
      kinesis.split_shard(stream, shard_id);
    }
  });
}

void bind_functions(nb::module_& module) {
  module.def("parse_stream_spec", parse_stream, nb::arg("spec"));
  module.def(
      "check_faults", [](const std::string& json) { static_cast<void>(emulator::from_json(json, emulator::Faults{})); },
      nb::arg("json"));
}

void bind_changes(nb::class_<LocalCore>& type) {
  type.def(
          "set_faults",
          [](const LocalCore& self, const std::string& json) {
            LocalKinesis& kinesis = self.here();
            const emulator::Faults faults = emulator::from_json(json, emulator::Faults{});
            without_gil([&] { kinesis.set_faults(faults); });
          },
          nb::arg("json"))
      .def("faults",
           [](const LocalCore& self) {
             const LocalKinesis& kinesis = self.here();
             return emulator::to_json(without_gil([&] { return kinesis.faults(); }));
           })
      .def(
          "fail_next",
          [](const LocalCore& self, const std::string& operation, const std::string& kind, int status,
             const std::string& code, const std::string& message, std::uint32_t times) {
            LocalKinesis& kinesis = self.here();
            const emulator::ScriptedFault fault{fault_kind(kind), status, code, message};
            without_gil([&] { kinesis.fail_next(operation, fault, times); });
          },
          nb::arg("operation"), nb::arg("kind"), nb::arg("status"), nb::arg("code"), nb::arg("message"),
          nb::arg("times"))
      .def(
          "set_stalled",
          [](const LocalCore& self, bool stalled) {
            LocalKinesis& kinesis = self.here();
            without_gil([&] { kinesis.set_stalled(stalled); });
          },
          nb::arg("stalled"))
      .def(
          "create_stream",
          [](const LocalCore& self, nb::handle spec) {
            LocalKinesis& kinesis = self.here();
            const StreamSpec stream = read_stream_spec(spec);
            without_gil([&] { kinesis.create_stream(stream); });
          },
          nb::arg("spec"))
      .def(
          "delete_stream",
          [](const LocalCore& self, const std::string& stream) {
            LocalKinesis& kinesis = self.here();
            without_gil([&] { kinesis.delete_stream(stream); });
          },
          nb::arg("stream"))
      .def("split_shard", split_shard, nb::arg("stream"), nb::arg("shard_id"), nb::arg("new_starting_hash_key").none())
      .def(
          "merge_shards",
          [](const LocalCore& self, const std::string& stream, const std::string& shard_id,
             const std::string& adjacent_shard_id) {
            LocalKinesis& kinesis = self.here();
            without_gil([&] { kinesis.merge_shards(stream, shard_id, adjacent_shard_id); });
          },
          nb::arg("stream"), nb::arg("shard_id"), nb::arg("adjacent_shard_id"))
      .def(
          "set_distribution",
          [](const LocalCore& self, const std::string& stream, bool automatic) {
            LocalKinesis& kinesis = self.here();
            without_gil([&] { kinesis.set_distribution(stream, automatic); });
          },
          nb::arg("stream"), nb::arg("automatic"));
}

}  // namespace

void bind_local(nb::module_& module) {
  bind_functions(module);
  nb::class_<LocalCore> type{module, "LocalKinesisCore"};
  type.def(
          "__init__", [](LocalCore* self, nb::handle options) { new (self) LocalCore{read_local_options(options)}; },
          nb::arg("options"))
      .def("start", &LocalCore::start)
      .def("stop", &LocalCore::stop)
      .def_prop_ro("serving", &LocalCore::serving)
      .def_prop_ro("port", [](const LocalCore& self) { return self.addresses().port; })
      .def_prop_ro("endpoint_url", [](const LocalCore& self) { return self.addresses().endpoint_url; })
      .def_prop_ro("tls_endpoint_url", [](const LocalCore& self) { return self.addresses().tls_endpoint_url; })
      .def_prop_ro("certificate_pem", [](const LocalCore& self) { return self.certificate(); })
      .def("streams",
           [](const LocalCore& self) {
             const LocalKinesis& kinesis = self.here();
             return without_gil([&] { return kinesis.streams(); });
           })
      .def("shards", local_shards, nb::arg("stream"))
      .def("records", local_records, nb::arg("stream"))
      .def("user_records", local_user_records, nb::arg("stream"))
      .def("counters", local_counters);
  bind_changes(type);
}

}  // namespace aiokpl::python
