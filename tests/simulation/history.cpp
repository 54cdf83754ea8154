#include "history.hpp"

#include <array>
#include <cstdio>

namespace aiokpl::simulation {

void History::add_line(TimePoint at, const std::string& text) {
  std::array<char, 32> moment{};
  std::snprintf(moment.data(), moment.size(), "%12.6f  ", std::chrono::duration<double>{at - world_start}.count());
  lines_.push_back(moment.data() + text);
}

}  // namespace aiokpl::simulation
