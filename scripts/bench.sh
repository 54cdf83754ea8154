# ./dev bench: the suite in bench/suite, or the micro benchmarks.

run_bench() {
  setup_build
  if [ "${1:-}" = --micro ]; then
    shift
    build_preset release aiokpl_bench
    build/release/bench/aiokpl_bench "$@"
    return
  fi
  if ! have python3; then require_packages python3; fi
  build_preset release bench
  PYTHONPATH=bench PYTHONDONTWRITEBYTECODE=1 python3 -m suite build/release/bench build/bench "$@"
}
