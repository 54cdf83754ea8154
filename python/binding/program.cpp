#include "program.hpp"

#include <limits>
#include <string>
#include <vector>

#include "cli/program.hpp"
#include "gil.hpp"

namespace aiokpl::python {

namespace {

int run_program(nb::handle words) {
  std::vector<std::string> owned;
  for (const nb::handle word : words) {
    // Bytes, since arguments need not be text.
    const nb::bytes bytes = nb::cast<nb::bytes>(word);
    owned.emplace_back(bytes.c_str(), bytes.size());
  }
  if (owned.empty() || owned.size() > std::numeric_limits<int>::max()) throw nb::value_error("argv: must not be empty");
  std::vector<const char*> argv;
  for (const std::string& word : owned)
    argv.push_back(word.c_str());
  const WithoutGil without_gil;
  const int count = static_cast<int>(argv.size());
  argv.push_back(nullptr);
  return cli::run_program(count, argv.data());
}

}  // namespace

void bind_program(nb::module_& module) {
  module.def("run_program", run_program, nb::arg("argv"),
             "Runs the command line, whose words are bytes and begin with the program's name; returns its exit status. "
             "SIGINT and SIGTERM are the program's while it runs.");
}

}  // namespace aiokpl::python
