#include "cli/demo_command.hpp"

#include <memory>

#include <CLI/CLI.hpp>

#include "cli/demo_run.hpp"
#include "cli/exit_status.hpp"
#include "cli/print.hpp"

namespace aiokpl::cli {

void add_demo_command(CLI::App& app, int& exit_status) {
  const auto options = std::make_shared<DemoOptions>();
  CLI::App& command = *app.add_subcommand("demo", "See records go into a local Kinesis and come back");
  command.add_option("--copies", options->copies, "How often the sample text is put")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command.add_option("--shards", options->shards, "Shards to begin with")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  command.callback([options, &exit_status] {
    const DemoStory story = run_demo(*options);
    print(tell(story));
    exit_status = story.identical() ? ExitStatus::success : ExitStatus::some_failed;
  });
}

}  // namespace aiokpl::cli
