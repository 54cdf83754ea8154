#pragma once

#include <cstddef>
#include <span>

namespace aiokpl::codec {

/// A run of bytes that lie together; a message is a list of them. It owns nothing.
using Piece = std::span<const std::byte>;

}  // namespace aiokpl::codec
