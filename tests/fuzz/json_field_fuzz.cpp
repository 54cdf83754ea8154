// Keys out of JSON records, by JSON pointer, beside nlohmann-json's own pointers into the whole document.
#include "cli/exit_status.hpp"
#include "cli/keys.hpp"
#include "tests/fuzz/documents.hpp"
#include "tests/fuzz/fuzz_input.hpp"
#include "tests/fuzz/property.hpp"

namespace aiokpl::fuzz {
namespace {

using nlohmann::json;

/// Where the pointer leads, in a document that means the same to every reader.
const json* find(const json& document, const std::string& pointer) try {
  return &document.at(json::json_pointer{pointer});
} catch (const json::exception&) {
  return nullptr;
}

void check_value(const json* value, const std::optional<std::string>& found) {
  const bool wanted = value != nullptr && (value->is_string() || value->is_number() || value->is_boolean());
  hold(found.has_value() == wanted, "a field is found where it is");
  if (!found) return;
  if (value->is_string()) hold(*found == value->get<std::string>(), "a string is its content");
  if (value->is_boolean()) hold(*found == (value->get<bool>() ? "true" : "false"), "a truth is its word");
  if (value->is_number_unsigned())
    hold(*found == std::to_string(value->get<std::uint64_t>()), "a number is its digits");
  if (value->is_number()) hold(json::parse(*found) == *value, "a number is written as a number");
}

void check(FuzzInput& input) {
  const std::string pointer{input.text()};
  const std::string_view text = input.rest();
  try {
    cli::check_pointer("--flag", pointer);
  } catch (const cli::CommandError& error) {
    hold(error.status() == cli::ExitStatus::usage, "a wrong pointer is a wrong use");
    return;
  }
  std::string problem;
  const auto found = cli::field_of_json(text, pointer, problem);
  hold(found.has_value() == problem.empty(), "what is not found has a problem");
  hold(!found || text.find('\0') == std::string_view::npos, "nothing is left unread");
  const json document = json::parse(text, nullptr, false);
  hold(!found || !document.is_discarded(), "what is no JSON has no fields");
  if (const auto plain = plain_document(text, WireProtocol::json, 60)) check_value(find(*plain, pointer), found);
}

}  // namespace
}  // namespace aiokpl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  aiokpl::fuzz::FuzzInput input{data, size};
  aiokpl::fuzz::check(input);
  return 0;
}
