#pragma once

#include <string>

#include <aiokpl/metrics.hpp>

namespace aiokpl::test {

/// What ExportDeferred said that the call threw; nothing when it threw none.
template <typename Call>
std::string deferred(Call call) {
  try {
    call();
  } catch (const ExportDeferred& thrown) {
    return thrown.what();
  }
  return {};
}

}  // namespace aiokpl::test
