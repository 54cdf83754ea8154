#include <string>

#include <gtest/gtest.h>

#include <aiokpl/version.hpp>

namespace aiokpl {
namespace {

TEST(Version, IsThatOfTheBuild) {
  EXPECT_EQ(version, AIOKPL_PROJECT_VERSION);
}

TEST(Version, PartsMakeTheWhole) {
  EXPECT_EQ(version,
            std::to_string(version_major) + '.' + std::to_string(version_minor) + '.' + std::to_string(version_patch));
}

}  // namespace
}  // namespace aiokpl
