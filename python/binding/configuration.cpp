#include "configuration.hpp"

#include <cmath>
#include <string>
#include <vector>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <aiokpl/error.hpp>

#include "aws/authorities.hpp"
#include "logging.hpp"
#include "producer/options.hpp"
#include "python_sinks.hpp"

namespace aiokpl::python {

namespace {

using detail::Option;
using detail::OptionKind;

[[noreturn]] void wrong_type(const Option& option, const char* wanted, nb::handle value) {
  PyErr_Format(PyExc_TypeError, "%s: must be %s, got %s", option.python.c_str(), wanted,
               option.secret ? type_name(value.ptr()).c_str() : nb::cast<std::string>(nb::repr(value)).c_str());
  throw PythonErrorSet{};
}

// The problem as the core words it begins with the field's name in C++.
std::string with_python_name(const Option& option, const std::string& problem) {
  const std::string start = option.name + ":";
  return problem.starts_with(start) ? option.python + problem.substr(option.name.size()) : problem;
}

std::string whole_number(const Option& option, nb::handle value) {
  if (!PyLong_Check(value.ptr()) || PyBool_Check(value.ptr())) wrong_type(option, "int", value);
  return nb::cast<std::string>(nb::str(value));
}

double number(const Option& option, nb::handle value) {
  if (PyBool_Check(value.ptr()) || (!PyFloat_Check(value.ptr()) && !PyLong_Check(value.ptr()))) {
    wrong_type(option, "a number", value);
  }
  const double given = PyFloat_AsDouble(value.ptr());
  if (given == -1.0 && PyErr_Occurred() != nullptr) PyErr_Clear();
  if (!std::isfinite(given)) wrong_type(option, "a finite number", value);
  return given;
}

// Milliseconds as a number of nanoseconds, which the core reads as text as it does a command line's.
std::string duration(const Option& option, nb::handle value) {
  const double milliseconds = number(option, value);
  if (milliseconds < 0 || milliseconds > 9e12) {
    throw InvalidArgument{option.python, "must be " + option.range + ", got " + nb::cast<std::string>(nb::str(value))};
  }
  return std::to_string(std::llround(milliseconds * 1e6)) + "ns";
}

std::string choice(const Option& option, nb::handle value) {
  // An enum of Python's own, or its value.
  const nb::object given = nb::getattr(value, "value", value);
  if (!PyUnicode_Check(given.ptr())) wrong_type(option, ("one of " + option.range).c_str(), value);
  return nb::cast<std::string>(given);
}

std::string as_text(const Option& option, nb::handle value) {
  switch (option.kind) {
    case OptionKind::boolean:
      if (!PyBool_Check(value.ptr())) wrong_type(option, "bool", value);
      return value.is(Py_True) ? "true" : "false";
    case OptionKind::count:
    case OptionKind::size:
      return whole_number(option, value);
    case OptionKind::rate:
      static_cast<void>(number(option, value));
      return nb::cast<std::string>(nb::str(nb::float_(nb::cast<double>(value))));
    case OptionKind::duration:
      return duration(option, value);
    case OptionKind::choice:
      return choice(option, value);
    default:
      if (!PyUnicode_Check(value.ptr())) wrong_type(option, "str", value);
      return std::string{text_of(value.ptr(), option.python.c_str())};
  }
}

std::string problem_of(const Option& option, const InvalidArgument& error) {
  return with_python_name(option, error.what());
}

void set_field(Config& config, const Option& option, nb::handle value, std::vector<std::string>& problems) {
  try {
    option.parse(config, as_text(option, value));
  } catch (const InvalidArgument& error) {
    problems.push_back(problem_of(option, error));
  }
}

Config read_fields(nb::handle source) {
  Config config;
  std::vector<std::string> problems;
  for (const Option& option : detail::options()) {
    if (option.kind == OptionKind::object) continue;
    const nb::object value = nb::getattr(source, option.python.c_str());
    if (!value.is_none() || option.python == "region") set_field(config, option, value, problems);
  }
  if (problems.empty()) {
    for (const Option& option : detail::options()) {
      if (const auto problem = option.check(config)) problems.push_back(with_python_name(option, *problem));
    }
  }
  if (!problems.empty()) throw ConfigError{std::move(problems)};
  return config;
}

}  // namespace

Config core_config(nb::handle source, nb::handle deliver) {
  Config config = read_fields(source);
  config.metrics_sink = core_sink(nb::getattr(source, "metrics_sink"), deliver);
  config.logger = python_logger();
  return config;
}

void bind_configuration(nb::module_& module) {
  module.def("check_config", [](nb::handle config) { static_cast<void>(read_fields(config)); });
  module.def("system_authorities", [] { return aws::system_authorities(); });
  // For the test that holds the dataclass to the core.
  module.def("config_defaults", [] {
    nb::dict defaults;
    for (const Option& option : detail::options())
      defaults[option.python.c_str()] = option.show(Config{});
    return defaults;
  });
  module.def("config_text", [](nb::handle config, const std::string& python_name) {
    const Config read = read_fields(config);
    for (const Option& option : detail::options()) {
      if (option.python == python_name) return option.show(read);
    }
    throw nb::key_error(python_name.c_str());
  });
}

}  // namespace aiokpl::python
