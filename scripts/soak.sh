# ./dev soak: the programs in tests/soak, for as long as is wanted.

run_soak() {
  local minutes=10 credentials=
  while [ $# -gt 0 ]; do
    case $1 in
      --credentials)
        credentials=imds,container,sts,role,sso
        shift
        if [[ ${1:-} =~ ^[a-z] ]]; then
          credentials=$1
          shift
        fi
        ;;
      --minutes)
        if ! [[ ${2:-} =~ ^[1-9][0-9]*$ ]]; then fail "soak --minutes takes a number, such as 60"; fi
        minutes=$2
        shift 2
        ;;
      *) fail "soak takes --minutes N and --credentials [LIST], not '$1'" ;;
    esac
  done
  setup_build
  if [ -n "$credentials" ]; then
    soak_credentials "$minutes" "$credentials"
    return
  fi
  build_preset release aiokpl_soak aiokpl_soak_server
  local out=build/soak status=0
  mkdir -p "$out"
  say "$minutes min of load and faults; results in $out"
  build/release/tests/soak/aiokpl_soak --server build/release/tests/soak/aiokpl_soak_server --out "$out" \
    --seconds $((minutes * 60)) || status=$?
  if [ $status -le 1 ]; then plot_soak "$out"; fi
  return $status
}

soak_credentials() {
  local minutes=$1 credentials=$2 out=build/soak
  build_preset release aiokpl_credentials_soak
  mkdir -p "$out"
  say "$minutes min with credentials that live for three seconds, of $credentials; results in $out/credentials.json"
  build/release/tests/soak/aiokpl_credentials_soak --credentials "$credentials" --out "$out" --seconds $((minutes * 60))
}

plot_soak() {
  if ! have python3; then
    say "no plot: there is no python3 here"
    return
  fi
  PYTHONPATH=bench PYTHONDONTWRITEBYTECODE=1 python3 tests/soak/plot.py "$1/results.json" "$1/soak.svg"
  say "$1: results.json, table.md, soak.svg"
}
