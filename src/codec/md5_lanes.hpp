#pragma once

#include <span>
#include <string_view>

#include <aiokpl/hash_key.hpp>

#include "codec/md5.hpp"
#include "codec/pieces.hpp"

namespace aiokpl::codec {

/// A message, the concatenation of its pieces, and where its digest goes. The pieces must stay until the call ends.
struct Md5Job {
  std::span<const Piece> pieces;
  Md5Digest* digest;
};

/// Hashes many messages side by side, one in each lane of the widest vectors that the processor has; a lane whose
/// message ends goes on with the next job. Messages of like size fill the lanes best. Allocates nothing.
void md5_lanes(std::span<const Md5Job> jobs) noexcept;

/// The hash keys of many partition keys: `out[i]` is `md5_hash_key(keys[i])`. `out` is at least as long as `keys`.
void md5_hash_keys(std::span<const std::string_view> keys, std::span<HashKey> out) noexcept;

}  // namespace aiokpl::codec
