#include "emulator/answer_writer.hpp"

#include "codec/base64.hpp"

namespace aiokpl::emulator {

std::string_view content_type(Protocol protocol) noexcept {
  return protocol == Protocol::cbor ? "application/x-amz-cbor-1.1" : "application/x-amz-json-1.1";
}

void AnswerWriter::separate() {
  if (protocol_ == Protocol::json && needs_comma_) out_ += ',';
  needs_comma_ = true;
}

void AnswerWriter::head(unsigned major, std::uint64_t value) {
  const auto put = [&](unsigned info, unsigned bytes) {
    out_ += static_cast<char>((major << 5U) | info);
    for (unsigned i = bytes; i-- > 0;) {
      out_ += static_cast<char>((value >> (8U * i)) & 0xFFU);
    }
  };
  if (value < 24) {
    put(static_cast<unsigned>(value), 0);
  } else if (value <= 0xFFU) {
    put(24, 1);
  } else if (value <= 0xFFFFU) {
    put(25, 2);
  } else if (value <= 0xFFFFFFFFU) {
    put(26, 4);
  } else {
    put(27, 8);
  }
}

void AnswerWriter::json_string(std::string_view value) {
  constexpr std::string_view hex = "0123456789abcdef";
  out_ += '"';
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out_ += '\\';
      out_ += c;
    } else if (byte < 0x20) {
      out_ += "\\u00";
      out_ += hex[byte >> 4U];
      out_ += hex[byte & 0xFU];
    } else {
      out_ += c;
    }
  }
  out_ += '"';
}

AnswerWriter& AnswerWriter::begin_map() {
  separate();
  out_ += protocol_ == Protocol::json ? '{' : '\xBF';
  needs_comma_ = false;
  return *this;
}

AnswerWriter& AnswerWriter::end_map() {
  out_ += protocol_ == Protocol::json ? '}' : '\xFF';
  needs_comma_ = true;
  return *this;
}

AnswerWriter& AnswerWriter::begin_list() {
  separate();
  out_ += protocol_ == Protocol::json ? '[' : '\x9F';
  needs_comma_ = false;
  return *this;
}

AnswerWriter& AnswerWriter::end_list() {
  out_ += protocol_ == Protocol::json ? ']' : '\xFF';
  needs_comma_ = true;
  return *this;
}

AnswerWriter& AnswerWriter::key(std::string_view name) {
  separate();
  if (protocol_ == Protocol::json) {
    out_ += '"';
    out_ += name;
    out_ += "\":";
  } else {
    head(3, name.size());
    out_ += name;
  }
  needs_comma_ = false;
  return *this;
}

AnswerWriter& AnswerWriter::text(std::string_view value) {
  separate();
  if (protocol_ == Protocol::json) {
    json_string(value);
  } else {
    head(3, value.size());
    out_ += value;
  }
  return *this;
}

AnswerWriter& AnswerWriter::integer(std::int64_t value) {
  separate();
  if (protocol_ == Protocol::json) {
    out_ += std::to_string(value);
  } else if (value < 0) {
    head(1, static_cast<std::uint64_t>(-1 - value));
  } else {
    head(0, static_cast<std::uint64_t>(value));
  }
  return *this;
}

AnswerWriter& AnswerWriter::boolean(bool value) {
  separate();
  if (protocol_ == Protocol::json) {
    out_ += value ? "true" : "false";
  } else {
    out_ += value ? '\xF5' : '\xF4';
  }
  return *this;
}

AnswerWriter& AnswerWriter::bytes(std::string_view value) {
  separate();
  if (protocol_ == Protocol::json) {
    out_ += '"';
    codec::append_base64(value, out_);
    out_ += '"';
  } else {
    head(2, value.size());
    out_ += value;
  }
  return *this;
}

AnswerWriter& AnswerWriter::time(std::chrono::system_clock::time_point value) {
  const auto since = std::chrono::floor<std::chrono::milliseconds>(value.time_since_epoch()).count();
  if (protocol_ == Protocol::cbor) {
    out_ += '\xC1';
    return integer(since);
  }
  separate();
  const std::string fraction = std::to_string(1000 + since % 1000);
  out_ += std::to_string(since / 1000);
  out_ += '.';
  out_.append(fraction, 1);
  return *this;
}

}  // namespace aiokpl::emulator
