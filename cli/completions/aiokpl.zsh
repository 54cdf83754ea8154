#compdef aiokpl
# zsh completion for aiokpl. Generated: aiokpl options --completion zsh
_aiokpl() {
  local command= word
  local -a subcommands
  for word in ${words[2,CURRENT-1]}; do
    case "$command $word" in
      ' put') command='put' ;;
      ' tail') command='tail' ;;
      ' stream') command='stream' ;;
      ' local') command='local' ;;
      ' demo') command='demo' ;;
      ' options') command='options' ;;
      'stream create') command='stream create' ;;
      'stream list') command='stream list' ;;
      'stream describe') command='stream describe' ;;
      'stream split') command='stream split' ;;
      'stream merge') command='stream merge' ;;
      'stream scale') command='stream scale' ;;
      'stream delete') command='stream delete' ;;
    esac
  done
  case $command in
    '')
      subcommands=(
        'put:Put records into a stream'
        'tail:Print a stream'\''s records, unpacked'
        'stream:Make, look at and change streams'
        'local:Run a Kinesis on this machine'
        'demo:See records go into a local Kinesis and come back'
        'options:List the producer'\''s options'
      )
      _describe command subcommands
      _arguments \
        '-h[Print this help message and exit]' \
        '--help[Print this help message and exit]' \
        '--version[Display program version information and exit]'
      ;;
    'put')
      _arguments \
        '-h[Print this help message and exit]' \
        '--help[Print this help message and exit]' \
        '--stream[The stream'\''s name or ARN]:value: ' \
        '--stream-name[The stream'\''s name or ARN]:value: ' \
        '--create-shards[Create the stream with so many shards if there is none]:value: ' \
        '--dry-run[Let the service check the records without storing them]' \
        '--lines[A record on each line (the default)]' \
        '--ndjson[An object on each line, as tail --json and --failed write them]' \
        '--length-prefixed[Four bytes of length, big-endian, before each record]' \
        '--compress[Compress each record\: gzip or zstd]:value: ' \
        '-k[Key of every record that has none of its own]:value: ' \
        '--partition-key[Key of every record that has none of its own]:value: ' \
        '-K[What separates the key from the data, such as \: or \\t]:value: ' \
        '--key-delimiter[What separates the key from the data, such as \: or \\t]:value: ' \
        '--key-field[Field of the record, as in /user/id (JSON pointer)]:value: ' \
        '--explicit-hash-key[Decimal hash key that places every record]:value: ' \
        '--explicit-hash-key-field[Field that holds the hash key]:value: ' \
        '--failed[Write what was not stored here, for put --ndjson]:file:_files' \
        '--progress[Progress line even without a terminal]' \
        '-q[Only errors, and the summary if --summary asks for it]' \
        '--quiet[Only errors, and the summary if --summary asks for it]' \
        '--summary[Form of the summary\: text or json]:value: ' \
        '--metrics-sink[Send metrics to stderr, cloudwatch\[\:NAMESPACE\], opentelemetry\[\:URL\], datadog\[\:SITE\] or prometheus\[\:\[ADDRESS\:\]PORT\]; at the level summary unless --metrics-level says otherwise]:value: ' \
        '--all-flags[With --help\: the producer'\''s flags too (aiokpl options lists them)]' \
        '--config[Read options from a file\: name = value on each line; flags win]:file:_files' \
        '--region[AWS region]:value: ' \
        '--aggregation-enabled[Pack many user records into one Kinesis record (the KPL'\''s format)]' \
        '--no-aggregation-enabled[The opposite of --aggregation-enabled]' \
        '--aggregation-max-count[Most user records in one aggregated record]:value: ' \
        '--aggregation-max-size[Bytes of an aggregated record, its 20 bytes of framing included]:value: ' \
        '--record-max-buffered-time[How long a record may wait for others before it is sent on; 0 sends it at once]:value: ' \
        '--record-ttl[After this time a record that was not stored fails as Expired]:value: ' \
        '--collection-max-count[Most Kinesis records in one PutRecords request; 500 is the service'\''s limit]:value: ' \
        '--collection-max-size[Bytes, data and partition keys, in one PutRecords request; 10 MiB is the service'\''s limit]:value: ' \
        '--rate-limit-records-per-sec-per-shard[Kinesis records a second and shard; 1,000 is the service'\''s limit]:value: ' \
        '--rate-limit-bytes-per-sec-per-shard[Bytes a second and shard; 1,048,576 (1 MiB) is the service'\''s limit]:value: ' \
        '--drain-interval[Longest wait between two looks at a record that the limiter holds back]:value: ' \
        '--fail-if-throttled[A throttled record fails at once instead of being sent again.]' \
        '--no-fail-if-throttled[The opposite of --fail-if-throttled]' \
        '--retry-deadline[A record that is sent again waits this long for others; also where backing off from a failing service starts]:value: ' \
        '--max-outstanding-records[Records accepted and not yet resolved; beyond, put_record waits]:value: ' \
        '--endpoint-url[Instead of the region'\''s endpoint\: a VPC endpoint or a local Kinesis]:value: ' \
        '--verify-ssl[Check the endpoint'\''s certificate]' \
        '--no-verify-ssl[The opposite of --verify-ssl]' \
        '--metrics-level[How much is measured; see docs/metrics.md]:value: ' \
        '--metrics-upload-interval[How often metrics go to the sink]:value: ' \
        '--max-outstanding-bytes[Bytes (data, key and 64 for each record) accepted and not yet resolved; beyond, put_record waits]:value: ' \
        '--max-record-size[Largest user record, data and partition key]:value: ' \
        '--max-connections[Connections to the service, which is requests in flight]:value: ' \
        '--connect-timeout[How long making a connection may take, TLS included]:value: ' \
        '--request-timeout[From the last byte that moved, either way, to giving up on a request]:value: ' \
        '--shutdown-timeout[How long the destructor waits for outstanding records before they resolve as Aborted]:value: ' \
        '--record-distribution-strategy[How streams spread records over shards\: detect asks DescribeStreamSummary and goes by key while that is refused; on AUTO streams nothing is aggregated or predicted]:value: ' \
        '--describe-stream-interval[How often the strategy of a stream with traffic is asked for (+- 20 %)]:value: ' \
        '--wire-protocol[CBOR carries data as raw bytes, JSON in base64]:value: ' \
        '--ca-bundle[Certificate authorities, the only ones to trust]:file:_files' \
        '--use-fips-endpoint[The region'\''s FIPS endpoint]' \
        '--no-use-fips-endpoint[The opposite of --use-fips-endpoint]' \
        '--use-dualstack-endpoint[The region'\''s endpoint with IPv6 addresses too]' \
        '--no-use-dualstack-endpoint[The opposite of --use-dualstack-endpoint]' \
        '--proxy-host[HTTP proxy to every endpoint that is not on this machine]:value: ' \
        '--proxy-port[Belongs to proxy_host]:value: ' \
        '--proxy-user-name[For a proxy that wants to know who one is]:value: ' \
        '--metrics-granularity[How finely metrics are told apart]:value: ' \
        '--additional-dimensions[Dimensions of one'\''s own on the metrics, each from a granularity on]:value: ' \
        '--profile[Profile of the shared AWS files, for credentials, region and endpoint\: docs/aws.md]:value: ' \
        '--user-agent-suffix[Added to the User-Agent header]:value: ' \
        '*:file:_files'
      ;;
    'tail')
      _arguments \
        '-h[Print this help message and exit]' \
        '--help[Print this help message and exit]' \
        '--stream[Name or ARN]:value: ' \
        '--from[start (all that is kept; the default) or latest (the default with --follow)]:value: ' \
        '--since[From a moment on\: 10m (ago), or 2026-01-31T12\:00\:00Z]:value: ' \
        '--shard[Only this shard, without its children]:value: ' \
        '-c[End after so many records]:value: ' \
        '--count[End after so many records]:value: ' \
        '-f[Go on at the end, and wait for more]' \
        '--follow[Go on at the end, and wait for more]' \
        '--json[An object on each line, as put --ndjson reads it]' \
        '--format[Fields and text, see below]:value: ' \
        '--raw-records[Leave aggregates as they are stored]' \
        '--decompress[auto\: unpack gzip and zstd, told by their first bytes]:value: ' \
        '--kcl[Leave out aggregates that the Kinesis Client Library drops, and say so on standard error]' \
        '--endpoint-url[Instead of the region'\''s endpoint\: an http or https URL]:value: ' \
        '--region[AWS region (default\: AWS_REGION, AWS_DEFAULT_REGION, the profile'\''s, the instance'\''s)]:value: ' \
        '--profile[Profile of the shared AWS files]:value: ' \
        '--no-verify-ssl[Accept any certificate]' \
        '--ca-bundle[PEM file of authorities instead of the system'\''s]:file:_files' \
        '--use-fips-endpoint[The region'\''s FIPS endpoint]' \
        '--no-use-fips-endpoint[The opposite of --use-fips-endpoint]' \
        '--use-dualstack-endpoint[The region'\''s endpoint with IPv6 addresses too]' \
        '--no-use-dualstack-endpoint[The opposite of --use-dualstack-endpoint]' \
        '--proxy-host[HTTP proxy to every endpoint that is not on this machine (default\: the environment'\''s)]:value: ' \
        '--proxy-port[Belongs to --proxy-host (default\: 443)]:value: ' \
        '--proxy-user-name[For a proxy that wants to know who one is]:value: ' \
        '*:file:_files'
      ;;
    'stream')
      subcommands=(
        'create:Create a stream'
        'list:List the streams'
        'describe:Show a stream and its shards'
        'split:Split a shard in two'
        'merge:Merge two neighbouring shards'
        'scale:Change the number of shards'
        'delete:Delete a stream and its records'
      )
      _describe command subcommands
      _arguments \
        '-h[Print this help message and exit]' \
        '--help[Print this help message and exit]'
      ;;
    'stream create')
      _arguments \
        '-h[Print this help message and exit]' \
        '--help[Print this help message and exit]' \
        '--endpoint-url[Instead of the region'\''s endpoint\: an http or https URL]:value: ' \
        '--region[AWS region (default\: AWS_REGION, AWS_DEFAULT_REGION, the profile'\''s, the instance'\''s)]:value: ' \
        '--profile[Profile of the shared AWS files]:value: ' \
        '--no-verify-ssl[Accept any certificate]' \
        '--ca-bundle[PEM file of authorities instead of the system'\''s]:file:_files' \
        '--use-fips-endpoint[The region'\''s FIPS endpoint]' \
        '--no-use-fips-endpoint[The opposite of --use-fips-endpoint]' \
        '--use-dualstack-endpoint[The region'\''s endpoint with IPv6 addresses too]' \
        '--no-use-dualstack-endpoint[The opposite of --use-dualstack-endpoint]' \
        '--proxy-host[HTTP proxy to every endpoint that is not on this machine (default\: the environment'\''s)]:value: ' \
        '--proxy-port[Belongs to --proxy-host (default\: 443)]:value: ' \
        '--proxy-user-name[For a proxy that wants to know who one is]:value: ' \
        '--shards[Shards (default\: 1)]:value: ' \
        '--on-demand[The service decides how many shards]' \
        '--wait[Wait until the stream is ACTIVE (the default), or do not]' \
        '--no-wait[Wait until the stream is ACTIVE (the default), or do not]' \
        '--timeout[Longest wait]:value: ' \
        '*:file:_files'
      ;;
    'stream list')
      _arguments \
        '-h[Print this help message and exit]' \
        '--help[Print this help message and exit]' \
        '--endpoint-url[Instead of the region'\''s endpoint\: an http or https URL]:value: ' \
        '--region[AWS region (default\: AWS_REGION, AWS_DEFAULT_REGION, the profile'\''s, the instance'\''s)]:value: ' \
        '--profile[Profile of the shared AWS files]:value: ' \
        '--no-verify-ssl[Accept any certificate]' \
        '--ca-bundle[PEM file of authorities instead of the system'\''s]:file:_files' \
        '--use-fips-endpoint[The region'\''s FIPS endpoint]' \
        '--no-use-fips-endpoint[The opposite of --use-fips-endpoint]' \
        '--use-dualstack-endpoint[The region'\''s endpoint with IPv6 addresses too]' \
        '--no-use-dualstack-endpoint[The opposite of --use-dualstack-endpoint]' \
        '--proxy-host[HTTP proxy to every endpoint that is not on this machine (default\: the environment'\''s)]:value: ' \
        '--proxy-port[Belongs to --proxy-host (default\: 443)]:value: ' \
        '--proxy-user-name[For a proxy that wants to know who one is]:value: ' \
        '--json[Their names as JSON]' \
        '*:file:_files'
      ;;
    'stream describe')
      _arguments \
        '-h[Print this help message and exit]' \
        '--help[Print this help message and exit]' \
        '--endpoint-url[Instead of the region'\''s endpoint\: an http or https URL]:value: ' \
        '--region[AWS region (default\: AWS_REGION, AWS_DEFAULT_REGION, the profile'\''s, the instance'\''s)]:value: ' \
        '--profile[Profile of the shared AWS files]:value: ' \
        '--no-verify-ssl[Accept any certificate]' \
        '--ca-bundle[PEM file of authorities instead of the system'\''s]:file:_files' \
        '--use-fips-endpoint[The region'\''s FIPS endpoint]' \
        '--no-use-fips-endpoint[The opposite of --use-fips-endpoint]' \
        '--use-dualstack-endpoint[The region'\''s endpoint with IPv6 addresses too]' \
        '--no-use-dualstack-endpoint[The opposite of --use-dualstack-endpoint]' \
        '--proxy-host[HTTP proxy to every endpoint that is not on this machine (default\: the environment'\''s)]:value: ' \
        '--proxy-port[Belongs to --proxy-host (default\: 443)]:value: ' \
        '--proxy-user-name[For a proxy that wants to know who one is]:value: ' \
        '--json[As JSON]' \
        '*:file:_files'
      ;;
    'stream split')
      _arguments \
        '-h[Print this help message and exit]' \
        '--help[Print this help message and exit]' \
        '--endpoint-url[Instead of the region'\''s endpoint\: an http or https URL]:value: ' \
        '--region[AWS region (default\: AWS_REGION, AWS_DEFAULT_REGION, the profile'\''s, the instance'\''s)]:value: ' \
        '--profile[Profile of the shared AWS files]:value: ' \
        '--no-verify-ssl[Accept any certificate]' \
        '--ca-bundle[PEM file of authorities instead of the system'\''s]:file:_files' \
        '--use-fips-endpoint[The region'\''s FIPS endpoint]' \
        '--no-use-fips-endpoint[The opposite of --use-fips-endpoint]' \
        '--use-dualstack-endpoint[The region'\''s endpoint with IPv6 addresses too]' \
        '--no-use-dualstack-endpoint[The opposite of --use-dualstack-endpoint]' \
        '--proxy-host[HTTP proxy to every endpoint that is not on this machine (default\: the environment'\''s)]:value: ' \
        '--proxy-port[Belongs to --proxy-host (default\: 443)]:value: ' \
        '--proxy-user-name[For a proxy that wants to know who one is]:value: ' \
        '--shard[Which one (default\: the widest)]:value: ' \
        '--at[First hash key of the upper part (default\: the middle)]:value: ' \
        '--wait[Wait until the stream is ACTIVE again (the default), or do not]' \
        '--no-wait[Wait until the stream is ACTIVE again (the default), or do not]' \
        '--timeout[Longest wait]:value: ' \
        '*:file:_files'
      ;;
    'stream merge')
      _arguments \
        '-h[Print this help message and exit]' \
        '--help[Print this help message and exit]' \
        '--endpoint-url[Instead of the region'\''s endpoint\: an http or https URL]:value: ' \
        '--region[AWS region (default\: AWS_REGION, AWS_DEFAULT_REGION, the profile'\''s, the instance'\''s)]:value: ' \
        '--profile[Profile of the shared AWS files]:value: ' \
        '--no-verify-ssl[Accept any certificate]' \
        '--ca-bundle[PEM file of authorities instead of the system'\''s]:file:_files' \
        '--use-fips-endpoint[The region'\''s FIPS endpoint]' \
        '--no-use-fips-endpoint[The opposite of --use-fips-endpoint]' \
        '--use-dualstack-endpoint[The region'\''s endpoint with IPv6 addresses too]' \
        '--no-use-dualstack-endpoint[The opposite of --use-dualstack-endpoint]' \
        '--proxy-host[HTTP proxy to every endpoint that is not on this machine (default\: the environment'\''s)]:value: ' \
        '--proxy-port[Belongs to --proxy-host (default\: 443)]:value: ' \
        '--proxy-user-name[For a proxy that wants to know who one is]:value: ' \
        '--wait[Wait until the stream is ACTIVE again (the default), or do not]' \
        '--no-wait[Wait until the stream is ACTIVE again (the default), or do not]' \
        '--timeout[Longest wait]:value: ' \
        '*:file:_files'
      ;;
    'stream scale')
      _arguments \
        '-h[Print this help message and exit]' \
        '--help[Print this help message and exit]' \
        '--endpoint-url[Instead of the region'\''s endpoint\: an http or https URL]:value: ' \
        '--region[AWS region (default\: AWS_REGION, AWS_DEFAULT_REGION, the profile'\''s, the instance'\''s)]:value: ' \
        '--profile[Profile of the shared AWS files]:value: ' \
        '--no-verify-ssl[Accept any certificate]' \
        '--ca-bundle[PEM file of authorities instead of the system'\''s]:file:_files' \
        '--use-fips-endpoint[The region'\''s FIPS endpoint]' \
        '--no-use-fips-endpoint[The opposite of --use-fips-endpoint]' \
        '--use-dualstack-endpoint[The region'\''s endpoint with IPv6 addresses too]' \
        '--no-use-dualstack-endpoint[The opposite of --use-dualstack-endpoint]' \
        '--proxy-host[HTTP proxy to every endpoint that is not on this machine (default\: the environment'\''s)]:value: ' \
        '--proxy-port[Belongs to --proxy-host (default\: 443)]:value: ' \
        '--proxy-user-name[For a proxy that wants to know who one is]:value: ' \
        '--shards[At most double and at least half of what there is]:value: ' \
        '--wait[Wait until the stream is ACTIVE again (the default), or do not]' \
        '--no-wait[Wait until the stream is ACTIVE again (the default), or do not]' \
        '--timeout[Longest wait]:value: ' \
        '*:file:_files'
      ;;
    'stream delete')
      _arguments \
        '-h[Print this help message and exit]' \
        '--help[Print this help message and exit]' \
        '--endpoint-url[Instead of the region'\''s endpoint\: an http or https URL]:value: ' \
        '--region[AWS region (default\: AWS_REGION, AWS_DEFAULT_REGION, the profile'\''s, the instance'\''s)]:value: ' \
        '--profile[Profile of the shared AWS files]:value: ' \
        '--no-verify-ssl[Accept any certificate]' \
        '--ca-bundle[PEM file of authorities instead of the system'\''s]:file:_files' \
        '--use-fips-endpoint[The region'\''s FIPS endpoint]' \
        '--no-use-fips-endpoint[The opposite of --use-fips-endpoint]' \
        '--use-dualstack-endpoint[The region'\''s endpoint with IPv6 addresses too]' \
        '--no-use-dualstack-endpoint[The opposite of --use-dualstack-endpoint]' \
        '--proxy-host[HTTP proxy to every endpoint that is not on this machine (default\: the environment'\''s)]:value: ' \
        '--proxy-port[Belongs to --proxy-host (default\: 443)]:value: ' \
        '--proxy-user-name[For a proxy that wants to know who one is]:value: ' \
        '-y[Do not ask]' \
        '--yes[Do not ask]' \
        '--wait[Wait until the stream is gone (the default), or do not]' \
        '--no-wait[Wait until the stream is gone (the default), or do not]' \
        '--timeout[Longest wait]:value: ' \
        '*:file:_files'
      ;;
    'local')
      _arguments \
        '-h[Print this help message and exit]' \
        '--help[Print this help message and exit]' \
        '--port[For HTTP; 0 takes any free one]:value: ' \
        '--address[To listen on]:value: ' \
        '--tls[Listen for HTTPS too, with a certificate made at the start]' \
        '--tls-port[For HTTPS (default\: the port after --port)]:value: ' \
        '--region[What stands in ARNs]:value: ' \
        '--ready-file[Written when it answers\: endpoints and certificate, as JSON]:file:_files' \
        '--certificate-file[Where to put the certificate for --ca-bundle (default\: a temporary file)]:file:_files' \
        '--threads[That serve connections]:value: ' \
        '--stream[A stream to begin with\: NAME\:SHARDS, NAME\:on-demand or NAME\:auto]:value: ' \
        '--discard[Answer records and throw them away, for benchmarks]' \
        '--enforce-limits[1,000 records and 1 MiB a second and shard]' \
        '--retention[Records older than this are gone]:value: ' \
        '--retention-bytes[What a stream keeps; beyond, its oldest records go]:value: ' \
        '--transition[How long a stream stays CREATING, UPDATING or DELETING]:value: ' \
        '--check-signatures[Serve only what is signed with this environment'\''s AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY]' \
        '--fault[What goes wrong on purpose, such as throttle=0.2,drop=0.02,latency=5ms]:value: ' \
        '--seed[The same seed gives the same faults]:value: ' \
        '*:file:_files'
      ;;
    'demo')
      _arguments \
        '-h[Print this help message and exit]' \
        '--help[Print this help message and exit]' \
        '--copies[How often the sample text is put]:value: ' \
        '--shards[Shards to begin with]:value: ' \
        '*:file:_files'
      ;;
    'options')
      _arguments \
        '-h[Print this help message and exit]' \
        '--help[Print this help message and exit]' \
        '--markdown[As docs/options.md]' \
        '--man[The manual page, for man -l -]' \
        '--completion[Completions for bash, zsh or fish]:value: ' \
        '*:file:_files'
      ;;
  esac
}
_aiokpl "$@"
