# ./dev bench: the suite in bench/suite, or the micro benchmarks alone.

run_bench() {
  setup_build
  if [ "${1:-}" = --micro ]; then
    shift
    build_preset release aiokpl_bench
    build/release/bench/aiokpl_bench "$@"
    return
  fi
  if ! have python3; then require_packages python3; fi
  if wants_peers "$@"; then setup_bench_peers; fi
  build_preset release bench
  PYTHONPATH=bench PYTHONDONTWRITEBYTECODE=1 python3 -m suite build/release/bench build/bench build/peers "$@"
}

# All of it, or when they are named.
wants_peers() {
  case " $* " in
    *peers*) return 0 ;;
    *' --quick '* | *' --rows'* | *' --help '* | *' -h '*) return 1 ;;
  esac
}

# Other producers to compare with; each that cannot be installed is named, and left out.
setup_bench_peers() {
  setup_python
  peer bench_python "aiokpl 0.2.0, aws-kinesis-agg and boto3" bench/peers/requirements.txt || true
  peer bench_kpl "the KPL 1.1.1" bench/peers/kpl/* || true
  if [ -z "$(missing_packages librdkafka-dev)" ]; then return; fi
  if ! try_packages librdkafka-dev; then
    say "going on without librdkafka"
  elif [ -f build/release/build.ninja ]; then
    logged configure-release cmake --preset release # it is looked for when the build is configured
  fi
}

install_peer_bench_python() {
  try_packages "${packages_python[@]}" &&
    try_logged peer-bench_python make_venv "$(main_python)" build/peers/bench-venv bench/peers/requirements.txt
}

install_peer_bench_kpl() {
  if ! have javac || ! have mvn; then try_packages "${packages_java[@]}" || return 1; fi
  try_logged peer-bench_kpl make_bench_kpl
}

make_bench_kpl() {
  rm -rf build/peers/kpl
  mkdir -p build/peers/kpl/classes
  mvn -q -B -f bench/peers/kpl/pom.xml dependency:copy-dependencies -DoutputDirectory="$PWD/build/peers/kpl/lib" &&
    javac -d build/peers/kpl/classes -cp 'build/peers/kpl/lib/*' bench/peers/kpl/*.java
}
