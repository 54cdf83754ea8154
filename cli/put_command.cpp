#include "cli/put_command.hpp"

#include <map>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>

#include <aiokpl/error.hpp>

#include "cli/config_flags.hpp"
#include "cli/exit_status.hpp"
#include "cli/metrics_sinks.hpp"
#include "cli/put.hpp"
#include "cli/text.hpp"

namespace aiokpl::cli {
namespace {

struct PutFlags {
  PutOptions options;
  ConfigFlags config;
  bool lines = false;
  bool ndjson = false;
  bool length_prefixed = false;
  bool progress = false;
  std::optional<std::string> delimiter;
  std::optional<std::string> metrics_sink;
};

void add_input_flags(CLI::App& put, PutFlags& flags) {
  const std::string group = "Input";
  put.add_option("FILE", flags.options.files, "Files to read; - or none: standard input")->type_name("")->group(group);
  CLI::Option* const lines = put.add_flag("--lines", flags.lines, "A record on each line (the default)");
  CLI::Option* const ndjson =
      put.add_flag("--ndjson", flags.ndjson, "An object on each line, as tail --json and --failed write them");
  CLI::Option* const binary =
      put.add_flag("--length-prefixed", flags.length_prefixed, "Four bytes of length, big-endian, before each record");
  lines->group(group)->excludes(ndjson)->excludes(binary);
  ndjson->group(group)->excludes(binary);
  binary->group(group);
  const std::map<std::string, Compression> kinds{{"gzip", Compression::gzip}, {"zstd", Compression::zstd}};
  put.add_option("--compress", flags.options.compression, "Compress each record: gzip or zstd")
      ->transform(CLI::CheckedTransformer{kinds})
      ->type_name("KIND")
      ->group(group);
}

void add_key_flags(CLI::App& put, PutFlags& flags) {
  const std::string group = "Keys (none: the library spreads the records)";
  KeyRules& keys = flags.options.keys;
  CLI::Option* const fixed =
      put.add_option("-k,--partition-key", keys.partition_key, "Key of every record that has none of its own");
  CLI::Option* const delimiter =
      put.add_option("-K,--key-delimiter", flags.delimiter, "What separates the key from the data, such as : or \\t");
  CLI::Option* const field =
      put.add_option("--key-field", keys.partition_key_field, "Field of the record, as in /user/id (JSON pointer)");
  CLI::Option* const hash =
      put.add_option("--explicit-hash-key", keys.explicit_hash_key, "Decimal hash key that places every record");
  CLI::Option* const hash_field =
      put.add_option("--explicit-hash-key-field", keys.explicit_hash_key_field, "Field that holds the hash key");
  fixed->type_name("KEY")->group(group)->excludes(field);
  delimiter->type_name("DELIM")->group(group)->excludes(field);
  field->type_name("POINTER")->group(group)->excludes("--ndjson");
  hash->type_name("NUMBER")->group(group)->excludes(hash_field);
  hash_field->type_name("POINTER")->group(group)->excludes("--ndjson");
  delimiter->excludes("--ndjson");
}

void add_report_flags(CLI::App& put, PutFlags& flags) {
  const std::string group = "Report";
  put.add_option("--failed", flags.options.failed_file, "Write what was not stored here, for put --ndjson")
      ->type_name("FILE")
      ->group(group);
  CLI::Option* const progress = put.add_flag("--progress", flags.progress, "Progress line even without a terminal");
  progress->group(group);
  put.add_flag("-q,--quiet", flags.options.quiet, "Only errors, and the summary if --summary asks for it")
      ->group(group)
      ->excludes(progress);
  const std::map<std::string, SummaryForm> forms{{"text", SummaryForm::text}, {"json", SummaryForm::json}};
  put.add_option("--summary", flags.options.summary, "Form of the summary: text or json")
      ->transform(CLI::CheckedTransformer{forms})
      ->type_name("FORM")
      ->group(group);
  put.add_option("--metrics-sink", flags.metrics_sink,
                 "Send metrics to " + std::string{metrics_sink_forms} +
                     "; at the level summary unless --metrics-level "
                     "says otherwise")
      ->type_name("SINK")
      ->group(group);
}

Config make_config(const PutFlags& flags) {
  Config config = flags.config.resolve();
  if (flags.metrics_sink) {
    config.metrics_sink = make_metrics_sink(*flags.metrics_sink);
    if (config.metrics_level == MetricsLevel::none) config.metrics_level = MetricsLevel::summary;
  }
  return config;
}

}  // namespace

void add_put_command(CLI::App& app, int& exit_status) {
  CLI::App& put = *app.add_subcommand("put", "Put records into a stream");
  const auto flags = std::make_shared<PutFlags>();
  put.add_option("--stream,--stream-name", flags->options.stream, "The stream's name or ARN")
      ->required()
      ->type_name("STREAM");
  put.add_option("--create-shards", flags->options.create_shards,
                 "Create the stream with so many shards if there is none")
      ->check(CLI::Range(1U, 10'000U))
      ->type_name("N");
  put.add_flag("--dry-run", flags->options.dry_run, "Let the service check the records without storing them");
  add_input_flags(put, *flags);
  add_key_flags(put, *flags);
  add_report_flags(put, *flags);
  put.add_flag_callback(all_flags, [] {}, "With --help: the producer's flags too (aiokpl options lists them)");
  flags->config.add_to(put);
  put.footer(R"(Examples:
  aiokpl put --stream clicks access.log
  tail -F access.log | aiokpl put --stream clicks --failed failed.ndjson
  aiokpl put --stream clicks --key-field /user/id events.ndjson
  printf 'user-1:hello\n' | aiokpl put --stream clicks -K :
  aiokpl put --stream clicks --ndjson failed.ndjson

Exit status: 0 all stored, 1 some were not, 2 wrong usage, 3 nothing could be done, 4 failures not written,
130 interrupted before everything was stored.)");
  put.callback([flags, &exit_status] {
    PutOptions options = flags->options;
    if (flags->ndjson) options.framing = Framing::ndjson;
    if (flags->length_prefixed) options.framing = Framing::length_prefixed;
    if (flags->delimiter) options.keys.delimiter = unescape(*flags->delimiter);
    if (flags->progress) options.progress = true;
    exit_status = run_put(options, make_config(*flags));
  });
}

}  // namespace aiokpl::cli
