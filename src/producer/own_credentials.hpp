#pragma once

#include <memory>

#include <aiokpl/credentials.hpp>

#include "aws/credentials_source.hpp"

namespace aiokpl::detail {

/// A provider of the user's as a source of credentials; null for null.
[[nodiscard]] aws::SourcePtr source_of(const std::shared_ptr<CredentialsProvider>& provider);

}  // namespace aiokpl::detail
