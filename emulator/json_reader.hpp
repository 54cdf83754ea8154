#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace aiokpl::emulator {

class PutRequest;

/// A pull reader of JSON for the members of a put request, with the interface of CborReader. Strings without escapes
/// are handed out as views; data stays base64 unless it is to be decoded.
class JsonReader {
 public:
  JsonReader(std::string_view body, PutRequest& owner, bool decode) noexcept
      : position_{body.data()}, end_{body.data() + body.size()}, owner_{owner}, decode_{decode} {}

  template <typename Member>
  bool map(Member&& member) {
    if (!begin('{', "Map")) return false;
    if (!accept('}')) {
      do {
        const std::string_view name = string("a String");
        expect(':');
        member(name);
      } while (accept(','));
      expect('}');
    }
    leave();
    return true;
  }

  template <typename Element>
  bool list(Element&& element) {
    if (!begin('[', "List")) return false;
    if (!accept(']')) {
      do {
        element();
      } while (accept(','));
      expect(']');
    }
    leave();
    return true;
  }

  [[nodiscard]] std::optional<std::string_view> text();
  struct Data {
    std::string_view bytes;
    std::size_t size;
  };
  [[nodiscard]] std::optional<Data> data();
  [[nodiscard]] std::optional<bool> boolean();
  void skip();
  void finish();

 private:
  char peek();
  bool accept(char c);
  void expect(char c);
  bool accept_word(std::string_view word);
  bool begin(char c, const char* wanted);
  /// A string as it stands in the body when nothing in it is escaped.
  std::string_view string(const char* wanted);
  std::string_view unescaped(std::string_view raw);
  [[nodiscard]] const char* kind();
  void enter();
  void leave() noexcept { --depth_; }

  const char* position_;
  const char* end_;
  PutRequest& owner_;
  bool decode_;
  int depth_ = 0;
};

}  // namespace aiokpl::emulator
