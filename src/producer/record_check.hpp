#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <aiokpl/hash_key.hpp>
#include <aiokpl/record.hpp>

namespace aiokpl::detail {

/// Checks what can be said of a record without knowing its stream; throws InvalidArgument that names the field, the
/// value and what is allowed.
void check_record(const Record& record);

/// Checks what depends on the stream.
void check_size(const Record& record, std::uint64_t limit);
void check_tags(const Record& record, bool refused);

/// Whether a stream is named by its ARN.
[[nodiscard]] bool is_arn(std::string_view stream) noexcept;

/// The partition key that the record is sent with. One that only an explicit hash key places gets some key all the
/// same: the service and the aggregated format want one.
[[nodiscard]] std::optional<std::string_view> sent_key(const Record& record) noexcept;

/// What Kinesis counts of the record: its data and the key that it is sent with.
[[nodiscard]] std::size_t sent_size(const Record& record) noexcept;

/// The hash key that places the record; nothing of it counts for one without a key.
[[nodiscard]] HashKey hash_key_of(const Record& record) noexcept;
/// The same for many, whose keys are hashed side by side: `out[i]` is that of `records[i]`. At most
/// `most_hashed_at_once`.
inline constexpr std::size_t most_hashed_at_once = 512;
void hash_keys_of(std::span<const Record> records, std::span<HashKey> out) noexcept;

}  // namespace aiokpl::detail
