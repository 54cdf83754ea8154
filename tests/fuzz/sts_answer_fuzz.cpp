// Answers of STS: what is read of XML lies within what was sent, and credentials can be put into headers.
#include <algorithm>
#include <string>

#include "aws/credentials_reader.hpp"
#include "aws/secrets.hpp"
#include "aws/xml_reader.hpp"
#include "codec/utf8.hpp"
#include "tests/fuzz/fuzz_input.hpp"
#include "tests/fuzz/property.hpp"

namespace aiokpl::fuzz {
namespace {

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '<' || c == '&') {
      result += c == '<' ? "&lt;" : "&amp;";
    } else {
      result += c;
    }
  }
  return result;
}

void check_texts(std::string_view body, const aws::XmlTexts& texts) {
  hold(!texts.all().empty(), "a document has an element without others in it");
  hold(texts.all().size() <= 1'000, "there are no more elements than allowed");
  std::size_t size = 0;
  for (const auto& [path, text] : texts.all()) {
    hold(codec::valid_utf8(path) && codec::valid_utf8(text), "names and texts are UTF-8");
    hold(std::count(path.begin(), path.end(), '/') < 32, "the depth is bounded");
    hold(text.find('\0') == std::string::npos, "there is no zero byte in a text");
    size += text.size();
    const auto again = aws::read_xml("<a>" + escaped(text) + "</a>");
    hold(again && again->all().size() == 1 && again->all()[0].text == text, "a text that is written reads back equal");
  }
  hold(size <= body.size(), "nothing grows by being read");
}

void check(std::string_view body) {
  const auto texts = aws::read_xml(body);
  if (texts) check_texts(body, *texts);
  const aws::CredentialsReading reading = aws::read_credentials(body, aws::CredentialsForm::sts);
  hold(reading.credentials.has_value() == reading.problem.empty(), "there are credentials or a problem");
  if (reading.credentials) {
    hold(texts.has_value(), "credentials come out of a document");
    hold(aws::fits_a_header(reading.credentials->access_key_id) &&
             aws::fits_a_header(reading.credentials->secret_access_key) &&
             aws::fits_a_header(reading.credentials->session_token),
         "credentials fit into headers");
    hold(reading.credentials->expires.has_value(), "they expire");
  }
  const aws::ServiceWords words = aws::read_error_words(body);
  const std::string shown = aws::quotable(words.code + words.message);
  hold(shown.size() <= 303 && codec::valid_utf8(shown) && shown.find('\n') == std::string::npos,
       "what is shown of an error is one short line");
}

}  // namespace
}  // namespace aiokpl::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  aiokpl::fuzz::FuzzInput input{data, size};
  aiokpl::fuzz::check(input.rest());
  return 0;
}
