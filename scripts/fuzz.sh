# ./dev fuzz: the targets of tests/fuzz with libFuzzer, as many at a time as there are processors. What they learn stays in
# build/fuzz/corpus; what they find, with the whole output, in build/fuzz/found.

fuzz_programs=build/fuzz/tests/fuzz

# setup_fuzz: clang with what shows stacks, and the other decoder, without which one target is left out.
setup_fuzz() {
  setup_clang
  require_packages "${packages_fuzz[@]}"
  if [ -z "$(missing_packages "${packages_protobuf[@]}")" ]; then return; fi
  if ! try_packages "${packages_protobuf[@]}"; then
    say "going on without protobuf, and the target aggregate_differential"
  elif [ -f build/fuzz/build.ninja ]; then
    logged configure-fuzz cmake --preset fuzz # it is looked for when the build is configured
  fi
}

# The targets that this tree has, one a line.
fuzz_targets() {
  local file
  for file in "$fuzz_programs"/*.options; do
    file=${file##*/}
    # One that was renamed leaves its file behind.
    if [ -f "tests/fuzz/${file%.options}_fuzz.cpp" ]; then printf '%s\n' "${file%.options}"; fi
  done
}

# The last of the numbers that a log tells under a name.
fuzz_number() {
  local found
  found=$(grep -aoE "$2[: ]+[0-9]+" "$1" | tail -n 1)
  printf '%s' "${found##*[: ]}"
}

# start_fuzzing TARGET SECONDS: in the background; its process is $!.
start_fuzzing() {
  local target=$1 seconds=$2 options=()
  read -ra options <"$fuzz_programs/$target.options" || true
  mkdir -p "build/fuzz/corpus/$target" "build/fuzz/found/$target"
  local symbolizer=/usr/lib/llvm-19/bin/llvm-symbolizer
  ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:external_symbolizer_path=$symbolizer \
    UBSAN_OPTIONS=print_stacktrace=1:external_symbolizer_path=$symbolizer \
    "$fuzz_programs/${target}_fuzz" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="build/fuzz/found/$target/" "${options[@]}" \
    "build/fuzz/corpus/$target" "tests/fuzz/corpus/$target" </dev/null >"build/fuzz/found/$target.log" 2>&1 &
}

# report_fuzzing TARGET STATUS: a line of the table; false when something was found.
report_fuzzing() {
  local target=$1 status=$2 log=build/fuzz/found/$1.log word=fine
  if [ "$status" != 0 ]; then word=FAILED; fi
  printf '%-22s %12s %9s %7s %8s  %s\n' "$target" "$(fuzz_number "$log" 'number_of_executed_units')" \
    "$(fuzz_number "$log" 'average_exec_per_sec')" "$(fuzz_number "$log" 'cov')" "$(fuzz_number "$log" 'corp')" "$word"
  if [ "$status" = 0 ]; then return 0; fi
  local input
  input=$(grep -aoE 'Test unit written to .*' "$log" | tail -n 1)
  input=${input#Test unit written to }
  grep -aE 'does not hold|runtime error|ERROR: |SUMMARY: ' "$log" | head -n 4 || true
  if [ -n "$input" ]; then
    printf 'the input:  %s\nagain with: %s\n' "$input" "$fuzz_programs/${target}_fuzz $input"
  fi
  printf 'all of it:  %s\n' "$log"
  return 1
}

# run_fuzzing SECONDS TARGET...: false when one of them found something.
run_fuzzing() {
  local seconds=$1 failed=() status finished target
  shift
  declare -gA fuzzing=() # targets by their process
  # A background process of a script does not hear of an interrupt by itself.
  trap 'kill "${!fuzzing[@]}" 2>/dev/null' EXIT
  trap 'exit 130' INT TERM
  printf '%-22s %12s %9s %7s %8s\n' target executions 'a second' edges inputs
  while [ $# -gt 0 ] || [ ${#fuzzing[@]} -gt 0 ]; do
    while [ $# -gt 0 ] && [ ${#fuzzing[@]} -lt "$(jobs_count)" ]; do
      start_fuzzing "$1" "$seconds"
      fuzzing[$!]=$1
      shift
    done
    status=0
    wait -n -p finished || status=$?
    target=${fuzzing[$finished]}
    unset "fuzzing[$finished]"
    if ! report_fuzzing "$target" "$status"; then failed+=("$target"); fi
  done
  trap - EXIT INT TERM
  if [ ${#failed[@]} -gt 0 ]; then fail "found something: ${failed[*]}"; fi
}

# run_fuzz [--minutes M] [TARGET...]
run_fuzz() {
  local minutes=1 wanted=() target seconds
  while [ $# -gt 0 ]; do
    case $1 in
      --minutes)
        [[ ${2:-} =~ ^[0-9]+(\.[0-9]+)?$ ]] || fail "--minutes takes a number such as 5 or 0.5"
        minutes=$2
        shift 2
        ;;
      -*) fail "fuzz takes --minutes M and the names of targets, not '$1'" ;;
      *)
        [ -f "tests/fuzz/${1}_fuzz.cpp" ] || fail "no such fuzz target: $1 (tests/fuzz/${1}_fuzz.cpp)"
        wanted+=("$1")
        shift
        ;;
    esac
  done
  # 0 would be without end.
  seconds=$(awk -v minutes="$minutes" 'BEGIN { s = int(minutes * 60); print s < 1 ? 1 : s }')
  setup_build
  setup_fuzz
  build_preset fuzz "${wanted[@]/%/_fuzz}"
  if [ ${#wanted[@]} = 0 ]; then mapfile -t wanted < <(fuzz_targets); fi
  say "fuzzing ${#wanted[@]} targets, $seconds s each, $(jobs_count) at a time"
  run_fuzzing "$seconds" "${wanted[@]}"
}
