#include "emulator/sequence_number.hpp"

#include <charconv>
#include <cstring>

namespace aiokpl::emulator {
namespace {

constexpr std::string_view prefix = "496";
constexpr std::string_view shard_prefix = "shardId-";

char* write_padded(char* out, std::uint64_t value, std::size_t width) noexcept {
  for (std::size_t i = width; i-- > 0; value /= 10) {
    out[i] = static_cast<char>('0' + value % 10);
  }
  return out + width;
}

std::optional<std::uint64_t> read_digits(std::string_view& text, std::size_t width) noexcept {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + width, value);
  if (error != std::errc{} || end != text.data() + width) return std::nullopt;
  text.remove_prefix(width);
  return value;
}

}  // namespace

void SequenceNumber::write(char* out) const noexcept {
  std::memcpy(out, prefix.data(), prefix.size());
  out = write_padded(out + prefix.size(), epoch, 11);
  out = write_padded(out, counter, 16);
  out = write_padded(out, arrival_milliseconds, 14);
  write_padded(out, shard, 12);
}

std::string SequenceNumber::text() const {
  std::string out(digits, '0');
  write(out.data());
  return out;
}

std::optional<SequenceNumber> SequenceNumber::parse(std::string_view text) noexcept {
  if (text.size() != digits || !text.starts_with(prefix)) return std::nullopt;
  text.remove_prefix(prefix.size());
  const auto epoch = read_digits(text, 11);
  const auto counter = epoch ? read_digits(text, 16) : std::nullopt;
  const auto arrival = counter ? read_digits(text, 14) : std::nullopt;
  const auto shard = arrival ? read_digits(text, 12) : std::nullopt;
  if (!shard || *shard > UINT32_MAX) return std::nullopt;
  return SequenceNumber{*epoch, *counter, *arrival, static_cast<std::uint32_t>(*shard)};
}

void write_shard_id(std::uint32_t number, char* out) noexcept {
  std::memcpy(out, shard_prefix.data(), shard_prefix.size());
  write_padded(out + shard_prefix.size(), number, 12);
}

std::string shard_id(std::uint32_t number) {
  std::string out(shard_id_length, '0');
  write_shard_id(number, out.data());
  return out;
}

std::optional<std::uint32_t> parse_shard_id(std::string_view id) noexcept {
  // The service takes ids without the prefix and the padding too.
  if (id.starts_with(shard_prefix)) id.remove_prefix(shard_prefix.size());
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
  if (error != std::errc{} || end != id.data() + id.size()) return std::nullopt;
  return number;
}

}  // namespace aiokpl::emulator
