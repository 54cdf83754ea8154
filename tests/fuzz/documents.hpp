#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <aiokpl/config.hpp>

#include "aws/document.hpp"
#include "codec/utf8.hpp"

/// JSON and CBOR as nlohmann-json reads it, to compare our readers with.
namespace aiokpl::fuzz {

/// What of a document readers may see in different ways.
class DocumentFacts final : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return true; }
  bool boolean(bool /*value*/) override { return true; }
  bool number_integer(number_integer_t /*value*/) override { return true; }
  bool number_unsigned(number_unsigned_t /*value*/) override { return true; }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return true; }
  bool string(string_t& text) override {
    all_utf8 = all_utf8 && codec::valid_utf8(text);
    return true;
  }
  bool binary(binary_t& /*bytes*/) override { return true; }
  bool start_object(std::size_t /*size*/) override { return open(); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t /*size*/) override { return open(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    all_utf8 = all_utf8 && codec::valid_utf8(name);
    repeated_names = !names_.back().insert(name).second || repeated_names;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

  std::size_t depth = 0;
  /// Which of two members of one name counts is up to the reader.
  bool repeated_names = false;
  bool all_utf8 = true;

 private:
  bool open() {
    names_.emplace_back();
    depth = std::max(depth, names_.size());
    return true;
  }
  bool close() {
    names_.pop_back();
    return true;
  }

  std::vector<std::set<std::string>> names_;
};

/// A document that means the same to every reader: of bounded depth, no name twice in an object, all texts UTF-8.
inline std::optional<nlohmann::json> plain_document(std::string_view body, WireProtocol protocol, std::size_t depth) {
  // A byte order mark is passed over by some.
  if (protocol == WireProtocol::json && body.starts_with('\xEF')) return std::nullopt;
  const auto document = aws::read_document(body, protocol);
  if (!document) return std::nullopt;
  DocumentFacts facts;
  const std::string stripped = protocol == WireProtocol::json ? std::string{body} : *aws::strip_cbor_tags(body, 64);
  const auto format =
      protocol == WireProtocol::json ? nlohmann::json::input_format_t::json : nlohmann::json::input_format_t::cbor;
  if (!nlohmann::json::sax_parse(stripped, &facts, format)) return std::nullopt;
  if (facts.repeated_names || !facts.all_utf8 || facts.depth > depth) return std::nullopt;
  return document;
}

/// The member, if it is there and not null: both are how an absent one looks.
inline const nlohmann::json* member(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

}  // namespace aiokpl::fuzz
