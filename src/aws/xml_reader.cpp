#include "aws/xml_reader.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "aws/secrets.hpp"
#include "codec/ascii.hpp"
#include "codec/utf8.hpp"

namespace aiokpl::aws {
namespace {

constexpr std::size_t max_depth = 32;
constexpr std::size_t max_elements = 1'000;
constexpr std::size_t max_name = 128;
constexpr std::string_view blanks = " \t\r\n";

bool is_blank(char c) {
  return blanks.find(c) != std::string_view::npos;
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '.' || c == ':' || static_cast<unsigned char>(c) >= 0x80;
}

void append_code_point(std::string& out, std::uint32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
    return;
  }
  const int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  constexpr std::array<std::uint32_t, 4> lead{0, 0xC0, 0xE0, 0xF0};
  out += static_cast<char>(lead[static_cast<std::size_t>(more)] | point >> (6 * more));
  for (int i = more - 1; i >= 0; --i)
    out += static_cast<char>(0x80U | (point >> (6 * i) & 0x3FU));
}

bool is_xml_character(std::uint32_t point) {
  if (point < 0x20) return point == '\t' || point == '\n' || point == '\r';
  return point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF) && point != 0xFFFE && point != 0xFFFF;
}

/// What stands between "&#" and ";".
bool append_number(std::string& out, std::string_view number) {
  const std::uint32_t base = number.starts_with('x') ? 16 : 10;
  if (base == 16) number.remove_prefix(1);
  if (number.empty() || number.size() > 8) return false;
  std::uint32_t point = 0;
  for (const char c : number) {
    std::uint32_t digit = base;
    if (c >= '0' && c <= '9') digit = static_cast<std::uint32_t>(c - '0');
    if (c >= 'a' && c <= 'f') digit = static_cast<std::uint32_t>(c - 'a' + 10);
    if (c >= 'A' && c <= 'F') digit = static_cast<std::uint32_t>(c - 'A' + 10);
    if (digit >= base) return false;
    point = point * base + digit;
  }
  if (!is_xml_character(point)) return false;
  append_code_point(out, point);
  return true;
}

bool append_entity(std::string& out, std::string_view entity) {
  constexpr std::array<std::pair<std::string_view, char>, 5> known{
      {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}};
  if (entity.starts_with('#')) return append_number(out, entity.substr(1));
  for (const auto& [name, character] : known) {
    if (entity != name) continue;
    out += character;
    return true;
  }
  return false;
}

/// Walks over the text once, without recursion. Each step says whether all is well so far.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_{text} {}

  std::optional<XmlTexts> read() {
    const WipeAtEnd wiped{text_};
    if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
    if (!codec::valid_utf8(rest_)) return std::nullopt;
    while (!rest_.empty()) {
      if (!(rest_.front() == '<' ? markup() : characters())) return std::nullopt;
    }
    if (!open_.empty() || elements_ == 0) return std::nullopt;
    return std::move(result_);
  }

 private:
  struct Open {
    std::string_view name;  // with its prefix
    std::size_t path_size;  // of the way before it
    bool has_elements = false;
  };

  bool characters() {
    const std::size_t end = std::min(rest_.find('<'), rest_.size());
    std::string_view run = rest_.substr(0, end);
    rest_.remove_prefix(end);
    if (open_.empty()) return codec::trimmed(run, blanks).empty();
    while (!run.empty()) {
      const std::size_t plain = std::min(run.find('&'), run.size());
      if (!append_plain(run.substr(0, plain))) return false;
      run.remove_prefix(plain);
      if (run.empty()) return true;
      const std::size_t stop = run.find(';');
      if (stop == std::string_view::npos || !append_entity(text_, run.substr(1, stop - 1))) return false;
      run.remove_prefix(stop + 1);
    }
    return true;
  }

  bool append_plain(std::string_view run) {
    for (const char c : run) {
      if (static_cast<unsigned char>(c) < 0x20 && !is_blank(c)) return false;
    }
    text_.append(run);
    return true;
  }

  bool markup() {
    if (rest_.starts_with("<!--")) return pass_over(4, "-->");
    if (rest_.starts_with("<?")) return pass_over(2, "?>");
    if (rest_.starts_with("<![CDATA[")) return character_data();
    if (rest_.starts_with("</")) return end_tag();
    return start_tag();
  }

  bool pass_over(std::size_t start, std::string_view end) {
    const std::size_t found = rest_.find(end, start);
    if (found == std::string_view::npos) return false;
    rest_.remove_prefix(found + end.size());
    return true;
  }

  bool character_data() {
    constexpr std::string_view end = "]]>";
    rest_.remove_prefix(9);
    const std::size_t found = rest_.find(end);
    if (open_.empty() || found == std::string_view::npos || !append_plain(rest_.substr(0, found))) return false;
    rest_.remove_prefix(found + end.size());
    return true;
  }

  std::string_view name() {
    std::size_t end = 0;
    while (end < rest_.size() && is_name_character(rest_[end]))
      ++end;
    const std::string_view found = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return found.size() <= max_name ? found : std::string_view{};
  }

  void blank() { rest_.remove_prefix(std::min(rest_.find_first_not_of(blanks), rest_.size())); }

  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool attributes() {
    for (;;) {
      const bool apart = !rest_.empty() && is_blank(rest_.front());
      blank();
      if (rest_.empty()) return false;
      if (rest_.front() == '>' || rest_.front() == '/') return true;
      if (!apart || name().empty()) return false;
      blank();
      if (!take('=')) return false;
      blank();
      if (rest_.empty() || (rest_.front() != '"' && rest_.front() != '\'')) return false;
      const std::size_t end = rest_.find(rest_.front(), 1);
      if (end == std::string_view::npos || rest_.substr(0, end).find('<') != std::string_view::npos) return false;
      rest_.remove_prefix(end + 1);
    }
  }

  bool start_tag() {
    rest_.remove_prefix(1);
    const std::string_view tag = name();  // "<!DOCTYPE" has none
    if (tag.empty() || ++elements_ > max_elements || open_.size() == max_depth) return false;
    if (open_.empty() && elements_ > 1) return false;
    if (!attributes()) return false;
    if (!open_.empty()) open_.back().has_elements = true;
    text_.clear();
    open_.push_back({tag, path_.size()});
    if (!path_.empty()) path_ += '/';
    path_ += tag.substr(tag.find(':') + 1);  // all of it where there is no prefix
    const bool empty = take('/');
    return take('>') && (!empty || close());
  }

  bool end_tag() {
    rest_.remove_prefix(2);
    const std::string_view tag = name();
    blank();
    return !open_.empty() && tag == open_.back().name && take('>') && close();
  }

  bool close() {
    if (!open_.back().has_elements) result_.add(path_, std::string{codec::trimmed(text_, blanks)});
    wipe(text_);
    path_.resize(open_.back().path_size);
    open_.pop_back();
    return true;
  }

  std::string_view rest_;
  std::vector<Open> open_;
  std::string path_;
  std::string text_;
  std::size_t elements_ = 0;
  XmlTexts result_;
};

}  // namespace

XmlTexts::~XmlTexts() {
  for (Text& entry : texts_)
    wipe(entry.text);
}

void XmlTexts::add(std::string path, std::string text) {
  texts_.push_back({std::move(path), std::move(text)});
}

std::string_view XmlTexts::find(std::string_view end_of_path) const noexcept {
  for (const Text& entry : texts_) {
    const std::string_view path = entry.path;
    if (!path.ends_with(end_of_path)) continue;
    const std::size_t before = path.size() - end_of_path.size();
    if (before == 0 || path[before - 1] == '/') return entry.text;
  }
  return {};
}

std::optional<XmlTexts> read_xml(std::string_view text) {
  return Reader{text}.read();
}

}  // namespace aiokpl::aws
