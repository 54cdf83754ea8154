#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace aiokpl::emulator {

class PutRequest;

/// A pull reader of CBOR for the members of a put request: definite and indefinite lengths, tags passed over, byte
/// strings handed out as views. Both readers have the same interface, so that one function walks either.
class CborReader {
 public:
  CborReader(std::string_view body, PutRequest& owner, bool /*decode*/) noexcept
      : position_{body.data()}, end_{body.data() + body.size()}, owner_{owner} {}

  /// Calls `member(name)` for each member of a map; it must read or skip the value. False for null.
  template <typename Member>
  bool map(Member&& member) {
    const auto count = begin(5, "Map");
    if (!count) return false;
    for (std::uint64_t i = 0; count->indefinite ? !at_break() : i < count->value; ++i) {
      const auto name = text();
      if (!name) null_name();
      member(*name);
    }
    leave();
    return true;
  }

  template <typename Element>
  bool list(Element&& element) {
    const auto count = begin(4, "List");
    if (!count) return false;
    for (std::uint64_t i = 0; count->indefinite ? !at_break() : i < count->value; ++i) {
      element();
    }
    leave();
    return true;
  }

  /// Nothing for null.
  [[nodiscard]] std::optional<std::string_view> text();
  struct Data {
    std::string_view bytes;
    std::size_t size;
  };
  [[nodiscard]] std::optional<Data> data();
  [[nodiscard]] std::optional<bool> boolean();
  void skip();
  /// Nothing may follow the outermost map.
  void finish() const;

 private:
  struct Head {
    unsigned major;
    unsigned info;
    std::uint64_t value;
    bool indefinite;
  };

  Head head();
  std::optional<Head> begin(unsigned major, const char* wanted);
  bool at_break();
  std::string_view take(std::uint64_t size);
  std::string_view string_of(const Head& head);
  void enter();
  void leave() noexcept { --depth_; }
  [[noreturn]] static void null_name();

  const char* position_;
  const char* end_;
  PutRequest& owner_;
  int depth_ = 0;
};

}  // namespace aiokpl::emulator
