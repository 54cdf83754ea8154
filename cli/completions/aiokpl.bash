# bash completion for aiokpl. Generated: aiokpl options --completion bash
_aiokpl() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} command= word i
  for ((i = 1; i < COMP_CWORD; ++i)); do
    word=${COMP_WORDS[i]}
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
  local words= files= values=
  case $command in
    '')
      words='put tail stream local demo options -h --help --version'
      files=''
      values=''
      ;;
    'put')
      words='-h --help --stream --stream-name --create-shards --dry-run --lines --ndjson --length-prefixed --compress -k --partition-key -K --key-delimiter --key-field --explicit-hash-key --explicit-hash-key-field --failed --progress -q --quiet --summary --metrics-sink --all-flags --config --region --aggregation-enabled --no-aggregation-enabled --aggregation-max-count --aggregation-max-size --record-max-buffered-time --record-ttl --collection-max-count --collection-max-size --rate-limit-records-per-sec-per-shard --rate-limit-bytes-per-sec-per-shard --drain-interval --fail-if-throttled --no-fail-if-throttled --retry-deadline --max-outstanding-records --endpoint-url --verify-ssl --no-verify-ssl --metrics-level --metrics-upload-interval --max-outstanding-bytes --max-record-size --max-connections --connect-timeout --request-timeout --shutdown-timeout --record-distribution-strategy --describe-stream-interval --wire-protocol --ca-bundle --use-fips-endpoint --no-use-fips-endpoint --use-dualstack-endpoint --no-use-dualstack-endpoint --proxy-host --proxy-port --proxy-user-name --metrics-granularity --additional-dimensions --profile --user-agent-suffix'
      files='--failed|--config|--ca-bundle'
      values='--stream|--stream-name|--create-shards|--compress|-k|--partition-key|-K|--key-delimiter|--key-field|--explicit-hash-key|--explicit-hash-key-field|--summary|--metrics-sink|--region|--aggregation-max-count|--aggregation-max-size|--record-max-buffered-time|--record-ttl|--collection-max-count|--collection-max-size|--rate-limit-records-per-sec-per-shard|--rate-limit-bytes-per-sec-per-shard|--drain-interval|--retry-deadline|--max-outstanding-records|--endpoint-url|--metrics-level|--metrics-upload-interval|--max-outstanding-bytes|--max-record-size|--max-connections|--connect-timeout|--request-timeout|--shutdown-timeout|--record-distribution-strategy|--describe-stream-interval|--wire-protocol|--proxy-host|--proxy-port|--proxy-user-name|--metrics-granularity|--additional-dimensions|--profile|--user-agent-suffix'
      ;;
    'tail')
      words='-h --help --stream --from --since --shard -c --count -f --follow --json --format --raw-records --decompress --kcl --endpoint-url --region --profile --no-verify-ssl --ca-bundle --use-fips-endpoint --no-use-fips-endpoint --use-dualstack-endpoint --no-use-dualstack-endpoint --proxy-host --proxy-port --proxy-user-name'
      files='--ca-bundle'
      values='--stream|--from|--since|--shard|-c|--count|--format|--decompress|--endpoint-url|--region|--profile|--proxy-host|--proxy-port|--proxy-user-name'
      ;;
    'stream')
      words='create list describe split merge scale delete -h --help'
      files=''
      values=''
      ;;
    'stream create')
      words='-h --help --endpoint-url --region --profile --no-verify-ssl --ca-bundle --use-fips-endpoint --no-use-fips-endpoint --use-dualstack-endpoint --no-use-dualstack-endpoint --proxy-host --proxy-port --proxy-user-name --shards --on-demand --wait --no-wait --timeout'
      files='--ca-bundle'
      values='--endpoint-url|--region|--profile|--proxy-host|--proxy-port|--proxy-user-name|--shards|--timeout'
      ;;
    'stream list')
      words='-h --help --endpoint-url --region --profile --no-verify-ssl --ca-bundle --use-fips-endpoint --no-use-fips-endpoint --use-dualstack-endpoint --no-use-dualstack-endpoint --proxy-host --proxy-port --proxy-user-name --json'
      files='--ca-bundle'
      values='--endpoint-url|--region|--profile|--proxy-host|--proxy-port|--proxy-user-name'
      ;;
    'stream describe')
      words='-h --help --endpoint-url --region --profile --no-verify-ssl --ca-bundle --use-fips-endpoint --no-use-fips-endpoint --use-dualstack-endpoint --no-use-dualstack-endpoint --proxy-host --proxy-port --proxy-user-name --json'
      files='--ca-bundle'
      values='--endpoint-url|--region|--profile|--proxy-host|--proxy-port|--proxy-user-name'
      ;;
    'stream split')
      words='-h --help --endpoint-url --region --profile --no-verify-ssl --ca-bundle --use-fips-endpoint --no-use-fips-endpoint --use-dualstack-endpoint --no-use-dualstack-endpoint --proxy-host --proxy-port --proxy-user-name --shard --at --wait --no-wait --timeout'
      files='--ca-bundle'
      values='--endpoint-url|--region|--profile|--proxy-host|--proxy-port|--proxy-user-name|--shard|--at|--timeout'
      ;;
    'stream merge')
      words='-h --help --endpoint-url --region --profile --no-verify-ssl --ca-bundle --use-fips-endpoint --no-use-fips-endpoint --use-dualstack-endpoint --no-use-dualstack-endpoint --proxy-host --proxy-port --proxy-user-name --wait --no-wait --timeout'
      files='--ca-bundle'
      values='--endpoint-url|--region|--profile|--proxy-host|--proxy-port|--proxy-user-name|--timeout'
      ;;
    'stream scale')
      words='-h --help --endpoint-url --region --profile --no-verify-ssl --ca-bundle --use-fips-endpoint --no-use-fips-endpoint --use-dualstack-endpoint --no-use-dualstack-endpoint --proxy-host --proxy-port --proxy-user-name --shards --wait --no-wait --timeout'
      files='--ca-bundle'
      values='--endpoint-url|--region|--profile|--proxy-host|--proxy-port|--proxy-user-name|--shards|--timeout'
      ;;
    'stream delete')
      words='-h --help --endpoint-url --region --profile --no-verify-ssl --ca-bundle --use-fips-endpoint --no-use-fips-endpoint --use-dualstack-endpoint --no-use-dualstack-endpoint --proxy-host --proxy-port --proxy-user-name -y --yes --wait --no-wait --timeout'
      files='--ca-bundle'
      values='--endpoint-url|--region|--profile|--proxy-host|--proxy-port|--proxy-user-name|--timeout'
      ;;
    'local')
      words='-h --help --port --address --tls --tls-port --region --ready-file --certificate-file --threads --stream --discard --enforce-limits --retention --retention-bytes --transition --check-signatures --fault --seed'
      files='--ready-file|--certificate-file'
      values='--port|--address|--tls-port|--region|--threads|--stream|--retention|--retention-bytes|--transition|--fault|--seed'
      ;;
    'demo')
      words='-h --help --copies --shards'
      files=''
      values='--copies|--shards'
      ;;
    'options')
      words='-h --help --markdown --man --completion'
      files=''
      values='--completion'
      ;;
  esac
  COMPREPLY=()
  case "|$files|" in
    *"|$previous|"*) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
  esac
  case "|$values|" in
    *"|$previous|"*) return ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o default -F _aiokpl aiokpl
