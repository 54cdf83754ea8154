# Configure, build, test: a preset of CMakePresets.json each.

# Paths below the project count as relative ones, so that another checkout finds what this one has compiled.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=true

# build_preset PRESET [TARGET...]
build_preset() {
  local preset=$1
  shift
  case $preset in
    release | debug | asan | tsan) if [ $# = 0 ]; then set -- all; fi ;;
    fuzz) if [ $# = 0 ]; then set -- fuzzers; fi ;;
    *) fail "no such preset: $preset (release, debug, asan, tsan, fuzz)" ;;
  esac
  # Ninja looks after changed CMakeLists.txt by itself, but not after changed presets.
  if [ ! -f "build/$preset/build.ninja" ] || [ CMakePresets.json -nt "build/$preset/build.ninja" ]; then
    say "configuring build/$preset"
    local strict=()
    # A newcomer's other compiler may warn where ours does not; where changes are judged, a warning is an error.
    if [ "${CI:-}" = true ]; then strict=(-DAIOKPL_WARNINGS_AS_ERRORS=ON); fi
    logged "configure-$preset" cmake --preset "$preset" "${strict[@]}"
  fi
  say "building build/$preset ($*; log: build/logs/build-$preset.log)"
  logged "build-$preset" cmake --build "build/$preset" --target "$@"
}

# run_ctest PRESET [ARGS for ctest]; the output, with ctest's closing lines, stays in build/logs/ctest-PRESET.log.
run_ctest() {
  local preset=$1
  shift
  say "testing build/$preset"
  mkdir -p build/logs
  ctest --preset "$preset" --parallel "$(jobs_count)" "$@" </dev/null 2>&1 | tee "build/logs/ctest-$preset.log"
}
