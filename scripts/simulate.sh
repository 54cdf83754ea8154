# ./dev simulate: the whole producer in simulated worlds, one for each seed.

run_simulation() {
  setup_build
  build_preset release aiokpl_simulate
  build/release/tests/simulation/aiokpl_simulate "$@"
}
