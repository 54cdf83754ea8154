#include "cli/man_page.hpp"

#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include <aiokpl/version.hpp>

namespace aiokpl::cli {
namespace {

constexpr std::string_view introduction = R"(.SH NAME
aiokpl \- put records into Amazon Kinesis Data Streams, and read them
.SH SYNOPSIS
.B aiokpl put \-\-stream
.I STREAM
[\fIFLAGS\fR] [\fIFILE\fR...]
.br
.B aiokpl tail \-\-stream
.I STREAM
[\fIFLAGS\fR]
.br
.B aiokpl stream
.I ACTION
[\fIFLAGS\fR]
.br
.B aiokpl local
[\fIFLAGS\fR]
.br
.B aiokpl demo
.SH DESCRIPTION
.B aiokpl put
packs many small records into few Kinesis records (the KPL's aggregated format), paces each shard below its limits,
tries again what can be tried again, and tells what became of every record.
.B aiokpl tail
unpacks and prints them. Consumers made with the KCL unpack them too; the AWS CLI and plain SDKs do not: there, use
.B \-\-no\-aggregation\-enabled.
.PP
Records come from standard input or files: one on each line, an object on each line
.RB ( \-\-ndjson ),
or bytes behind their length
.RB ( \-\-length\-prefixed ).
An empty line is a record without data. Without a key flag records have no key, and the library spreads them over the
shards.
.PP
A record that was refused or failed stops nothing. With
.B \-\-failed
it is written to a file, with the reason, as an object that
.B put \-\-ndjson
takes again; input that is no record becomes an object with the field
.BR unreadable ,
which put refuses again, so that it is not lost.
.PP
SIGINT and SIGTERM end the reading; what was read is stored. A second signal gives up, and says how many records were
not stored.
)";

constexpr std::string_view conclusion = R"(.SH RECORDS IN JSON
.nf
{"partition_key": "user\-1", "explicit_hash_key": "170", "data": "text", "tags": [{"key": "source", "value": "web"}]}
.fi
.PP
Everything but the data may be absent. Bytes that are no UTF\-8 stand in base64 in
.BR data_base64
and
.BR partition_key_base64 .
.B tail \-\-json
adds
.BR shard_id ,
.BR sequence_number ,
.BR subsequence_number
and
.BR approximate_arrival_timestamp ;
.B put \-\-failed
adds
.BR error .
.B put \-\-ndjson
passes over fields that it does not know.
.SH CONFIGURATION FILE
.B \-\-config
reads
.I name = value
on each line; the names are those of the producer's flags, without the dashes in front;
.B #
begins a comment. Flags win over the file.
.SH ENVIRONMENT
.TP
.B AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN
Credentials. An endpoint on this machine needs none.
.TP
.B AWS_REGION, AWS_DEFAULT_REGION
The region, without \-\-region.
.TP
.B AWS_ENDPOINT_URL_KINESIS, AWS_ENDPOINT_URL
The endpoint, without \-\-endpoint\-url.
.TP
.B AWS_CBOR_DISABLE
Makes put speak JSON.
.TP
.B AIOKPL_LOG
debug, info, warning or error: what the library says on standard error.
.SH EXIT STATUS
.TP
.B 0
Everything was stored, or read; also when the reader of tail's output has gone.
.TP
.B 1
Some records were not stored; in the demo: something differed.
.TP
.B 2
The command line, the configuration or an input file is wrong; nothing was tried.
.TP
.B 3
Nothing could be done: no credentials, no such stream, no permission, an endpoint that cannot be reached.
.TP
.B 4
The file for failed records, or the output, could not be written whole.
.TP
.B 130
Interrupted before everything was stored.
.SH EXAMPLES
.nf
aiokpl demo
aiokpl local \-\-port 4567 \-\-stream clicks:4
export AWS_ENDPOINT_URL_KINESIS=http://127.0.0.1:4567
aiokpl put \-\-stream clicks access.log
aiokpl tail \-\-stream clicks \-\-json | jq .data
tail \-F access.log | aiokpl put \-\-stream clicks \-\-failed failed.ndjson
aiokpl put \-\-stream clicks \-\-ndjson failed.ndjson
aiokpl tail \-\-stream clicks \-\-json | aiokpl put \-\-stream copy \-\-ndjson
.fi
)";

// A dash alone would become a hyphen, a leading dot a request.
std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '\n') {
      out += "\n";
    } else if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) {
      out += "\\&";
      out += c;
    } else {
      out += c;
    }
  }
  return out;
}

void append_option(std::string& out, const CLI::Option& option) {
  std::string names;
  for (const std::string& name : option.get_snames())
    names += (names.empty() ? "-" : ", -") + name;
  for (const std::string& name : option.get_lnames())
    names += (names.empty() ? "--" : ", --") + name;
  if (names.empty()) return;
  out += ".TP\n\\fB" + roff(names) + "\\fR";
  const bool takes_value = option.get_items_expected_max() > 0;
  if (takes_value) {
    const std::string type = option.get_type_name();
    out += " \\fI" + roff(type.substr(0, type.find(':'))) + "\\fR";
  }
  out += "\n" + roff(option.get_description()) + "\n";
}

// " STREAM", " [FILE...]"
std::string positionals(const CLI::App& app) {
  std::string names;
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_positional()) continue;
    const std::string name = option->get_name(true, false) + (option->get_items_expected_max() > 1 ? "..." : "");
    names += option->get_required() ? " " + name : " [" + name + "]";
  }
  return names;
}

void append_command(std::string& out, const CLI::App& app, const std::string& name) {
  const auto all = [](const CLI::App*) { return true; };
  out += ".SS " + roff(name + positionals(app)) + "\n" + roff(app.get_description()) + ".\n";
  for (const CLI::Option* option : app.get_options())
    append_option(out, *option);
  if (const std::string notes = app.get_footer(); !notes.empty()) {
    out += ".PP\n.nf\n" + roff(notes) + "\n.fi\n";
  }
  for (const CLI::App* sub : app.get_subcommands(all))
    append_command(out, *sub, name + " " + sub->get_name());
}

}  // namespace

std::string man_page(const CLI::App& app) {
  std::string out = ".\\\" Generated: aiokpl options --man\n";
  out += ".TH AIOKPL 1 \"\" \"aiokpl " + std::string{version} + "\" \"User Commands\"\n";
  out += introduction;
  out += ".SH COMMANDS\n";
  for (const CLI::Option* option : app.get_options())
    append_option(out, *option);
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; }))
    append_command(out, *sub, "aiokpl " + sub->get_name());
  out += conclusion;
  return out;
}

}  // namespace aiokpl::cli
