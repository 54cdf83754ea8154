# ./dev lint and ./dev format. Every check runs, whatever became of the ones before it; the summary names what failed.

source_files() { git ls-files --cached --others --exclude-standard -- '*.hpp' '*.cpp'; }

run_format() {
  setup_clang
  source_files | xargs -r clang-format-19 -i
}

# The names only: what is wrong is seen best in the diff that ./dev format makes.
check_format() {
  local out
  if out=$(source_files | xargs -r clang-format-19 --dry-run -Werror 2>&1); then return 0; fi
  echo 'not in the project'"'"'s format (./dev format):'
  sed -nE 's/^([^ :]+):[0-9]+:[0-9]+: error: code should be.*/  \1/p; t; /^(error|clang|xargs)/p' <<<"$out" | sort -u
  return 1
}

# clang-tidy over the library, the programs and the Python package; the tests are mostly macros, where it finds little and
# takes long.
check_tidy() {
  local python_tree status=0
  python_tree=$(echo build/python-"$(wheel_tag "$(python_version "$(main_python)")")"-*)
  tidy build/release 'src/*.cpp' 'emulator/*.cpp' 'cli/*.cpp' 'bench/*.cpp' 'examples/*.cpp' || status=1
  tidy "$python_tree" 'python/binding/*.cpp' || status=1
  return $status
}

# tidy BUILD_TREE PATTERNS...
tidy() {
  local tree=$1
  shift
  if [ ! -f "$tree/compile_commands.json" ]; then
    echo "$tree has no compile_commands.json"
    return 1
  fi
  git ls-files -- "$@" |
    while read -r file; do
      # A file that no target of this tree compiles has no entry, and no flags to read it with.
      if grep -qF "/$file\"" "$tree/compile_commands.json"; then printf '%s\n' "$file"; fi
    done |
    xargs -r -n 1 -P "$(jobs_count)" clang-tidy-19 -p "$tree" --quiet --warnings-as-errors='*' \
      --extra-arg=-Wno-unknown-warning-option # the flags are those of the compiler that built the tree
}

check_option_docs() {
  if [ ! -f docs/options.md ]; then
    echo 'docs/options.md is missing: ./dev docs'
    return 1
  fi
  build/release/aiokpl options --markdown | diff -u docs/options.md - || {
    echo 'docs/options.md is out of date: ./dev docs'
    return 1
  }
}

# A path of one machine, or the address of a package mirror, works nowhere else.
check_machine_paths() {
  ! git grep -nIE '(^|[^[:alnum:]_.-])/(work|root)/|--index-url|//(registry|nexus|artifactory)\.|"resolved":' -- \
    ':!LICENSE' ':!scripts/lint.sh'
}

# Links between the documents lead somewhere.
check_links() {
  local file target bad=0
  while IFS=: read -r file target; do
    target=${target#](}
    target=${target%%[)# ]*}
    case $target in '' | http://* | https://* | mailto:*) continue ;; esac
    if [ ! -e "$(dirname "$file")/$target" ]; then
      echo "$file: no such file: $target"
      bad=1
    fi
  done < <(git grep -oIE '\]\([^)]+\)' -- '*.md')
  return $bad
}

# A report, not a rule: a long file may have one idea all the same.
report_long_files() {
  source_files | xargs -r wc -l | awk '$2 != "total" && $1 > 400 { printf "   long: %s, %d lines\n", $2, $1 }'
}

run_lint() {
  setup_build
  setup_clang
  build_preset release aiokpl_program
  setup_main_python
  local name failed=()
  for name in format tidy option_docs machine_paths links; do
    say "lint: ${name/_/ }"
    if ! try_logged "lint-$name" "check_$name"; then
      failed+=("$name")
      # clang-tidy counts what it does not show; nobody wants to read that.
      grep -vE '^[0-9]+ warnings? (generated|treated as errors?)' "build/logs/lint-$name.log" | tail -n 80 || true
    fi
  done
  report_long_files
  if [ ${#failed[@]} -gt 0 ]; then fail "lint failed: ${failed[*]}"; fi
  say "lint: all is well"
}
