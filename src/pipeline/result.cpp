#include <algorithm>
#include <ostream>
#include <stdexcept>
#include <utility>

#include <aiokpl/result.hpp>

namespace aiokpl {
namespace {

std::string milliseconds(std::chrono::system_clock::duration time) {
  const auto tenths = std::chrono::duration_cast<std::chrono::microseconds>(time).count() / 100;
  std::string text = std::to_string(tenths / 10);
  if (text.size() == 1 && tenths % 10 > 0) text += "." + std::to_string(tenths % 10);
  return text + " ms";
}

template <typename Text>
std::string place(const std::optional<Text>& shard_id, const std::optional<Text>& sequence_number) {
  std::string text;
  if (shard_id) text.append(" on ").append(*shard_id);
  if (sequence_number) text.append(" at ").append(*sequence_number);
  return text;
}

// One attempt among others: its code is enough, the message of the last one is told at the end.
std::string brief(const Attempt& attempt) {
  return (attempt.success ? std::string{"ok"} : attempt.error_code) + " " + milliseconds(attempt.duration());
}

std::string history(const RecordResult& result) {
  const std::uint64_t count = result.attempts.size() + result.attempts_omitted;
  std::string text = " after " + std::to_string(count) + (count == 1 ? " attempt" : " attempts");
  if (result.attempts.empty()) return text;
  text += " (";
  // The gap lies after the first ten; see RecordResult::attempts.
  constexpr std::size_t kept_first = 10;
  for (std::size_t i = 0; i < result.attempts.size(); ++i) {
    if (i != 0) text += "; ";
    if (i == kept_first && result.attempts_omitted != 0) {
      text += std::to_string(result.attempts_omitted) + " left out; ";
    }
    text += brief(result.attempts[i]);
  }
  return text + ")";
}

std::vector<Attempts::Pointer> shared(const auto& attempts) {
  std::vector<Attempts::Pointer> pointers;
  pointers.reserve(attempts.size());
  for (const Attempt& attempt : attempts)
    pointers.push_back(std::make_shared<const Attempt>(attempt));
  return pointers;
}

}  // namespace

Attempts::Attempts(std::initializer_list<Attempt> attempts) : Attempts{shared(attempts)} {}
Attempts::Attempts(const std::vector<Attempt>& attempts) : Attempts{shared(attempts)} {}
Attempts::Attempts(std::vector<Pointer> attempts) {
  if (attempts.size() == 1) {
    only_ = std::move(attempts.front());
  } else if (!attempts.empty()) {
    many_ = std::make_shared<const std::vector<Pointer>>(std::move(attempts));
  }
}

const Attempt& Attempts::at(std::size_t index) const {
  if (index >= size()) {
    throw std::out_of_range{"Attempts: " + std::to_string(index) + " of " + std::to_string(size())};
  }
  return (*this)[index];
}

bool Attempts::equals(const Attempts& other) const {
  return std::equal(begin(), end(), other.begin(), other.end());
}

std::string to_string(const Attempt& attempt) {
  std::string text = attempt.success ? "ok" : attempt.error_code;
  if (!attempt.success && !attempt.error_message.empty()) text += ": " + attempt.error_message;
  return text + place(attempt.shard_id, attempt.sequence_number) + " (" + milliseconds(attempt.duration()) + ")";
}

std::string to_string(const RecordResult& result) {
  if (result.success) return "stored" + place(result.shard_id, result.sequence_number) + history(result);
  std::string text = "failed";
  if (!result.attempts.empty()) {
    const Attempt& last = result.attempts.back();
    text += " with " + last.error_code;
    if (!last.error_message.empty()) text += ": " + last.error_message + ",";
  }
  return text + history(result);
}

std::ostream& operator<<(std::ostream& out, const Attempt& attempt) {
  return out << to_string(attempt);
}
std::ostream& operator<<(std::ostream& out, const RecordResult& result) {
  return out << to_string(result);
}

}  // namespace aiokpl
