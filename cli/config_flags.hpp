#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <aiokpl/config.hpp>

namespace CLI {
class App;
}
namespace aiokpl::detail {
struct Option;
}

namespace aiokpl::cli {

/// The group of the producer's own flags, which a short help leaves out.
inline constexpr const char* producer_group = "Producer";

/// The fields of Config as flags, made from the one list of options, and `--config FILE` with the same names.
class ConfigFlags {
 public:
  /// This object must outlive the parsing.
  void add_to(CLI::App& command);
  /// File first, then flags. Throws CommandError (usage).
  [[nodiscard]] Config resolve() const;

 private:
  void add_flag(CLI::App& command, const detail::Option& option);

  std::optional<std::string> file_;
  std::vector<std::pair<const detail::Option*, std::string>> given_;
};

/// Reads `name = value`, one on each line; `#` begins a comment; a name is a field of Config ("record_ttl",
/// "record-ttl"). Throws CommandError (usage) that names the file's line.
void read_config_text(std::string_view text, std::string_view file, Config& config);

}  // namespace aiokpl::cli
