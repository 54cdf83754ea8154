#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace aiokpl::emulator {

/// The two content types of the API. An answer comes in its request's.
enum class Protocol { json, cbor };

[[nodiscard]] std::string_view content_type(Protocol protocol) noexcept;

/// Appends an answer to a string, in JSON or in CBOR (maps and lists of indefinite length), without a tree between.
class AnswerWriter {
 public:
  /// `out` must outlive the writer.
  AnswerWriter(Protocol protocol, std::string& out) noexcept : out_{out}, protocol_{protocol} {}

  AnswerWriter& begin_map();
  AnswerWriter& end_map();
  AnswerWriter& begin_list();
  AnswerWriter& end_list();
  /// Names of members are ASCII without anything to escape.
  AnswerWriter& key(std::string_view name);
  AnswerWriter& text(std::string_view value);
  AnswerWriter& integer(std::int64_t value);
  AnswerWriter& boolean(bool value);
  /// Base64 in JSON.
  AnswerWriter& bytes(std::string_view value);
  /// Seconds with a fraction in JSON; tag 1 and integer milliseconds in CBOR, as the SDK for Java reads it.
  AnswerWriter& time(std::chrono::system_clock::time_point value);

  [[nodiscard]] Protocol protocol() const noexcept { return protocol_; }

 private:
  void separate();
  void head(unsigned major, std::uint64_t value);
  void json_string(std::string_view value);

  std::string& out_;
  Protocol protocol_;
  bool needs_comma_ = false;
};

}  // namespace aiokpl::emulator
