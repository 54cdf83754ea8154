# What every part of ./dev uses: words for the reader, long output into build/logs.

say() { printf '== %s\n' "$*"; }

fail() {
  printf 'dev: %s\n' "$*" >&2
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif have sudo; then
    sudo "$@"
  else
    fail "this needs root, and there is no sudo here: $*"
  fi
}

# Debian's own interpreter where it is there: it is the one that python3-venv and python3-dev belong to.
main_python() {
  if [ -x /usr/bin/python3 ]; then echo /usr/bin/python3; else command -v python3; fi
}

# make_venv PYTHON FOLDER REQUIREMENTS
make_venv() {
  rm -rf "$2" && "$1" -m venv "$2" && "$2/bin/pip" install -q --disable-pip-version-check -r "$3"
}

jobs_count() { nproc 2>/dev/null || echo 2; }

# On a terminal, the last line of a long output, rewritten in place; elsewhere nothing.
show_last_line() {
  local line
  if [ -t 1 ]; then
    while IFS= read -r line; do printf '\r\033[K   %.*s' $((${COLUMNS:-80} - 4)) "$line"; done
    printf '\r\033[K'
  else
    cat >/dev/null
  fi
}

# try_logged NAME COMMAND...: output to build/logs/NAME.log; its status is the command's.
try_logged() {
  local name=$1
  shift
  last_log=build/logs/$name.log
  mkdir -p build/logs
  "$@" </dev/null 2>&1 | tee "build/logs/$name.log" | show_last_line
  return "${PIPESTATUS[0]}"
}

# logged NAME COMMAND...: the same, but a failure shows the end of the log and ends everything.
logged() {
  local name=$1 started=$SECONDS
  if ! try_logged "$@"; then
    printf '%s\n' '-- the end of the log --' >&2
    tail -n 60 "build/logs/$name.log" >&2
    fail "$name failed; all of it: build/logs/$name.log"
  fi
  if [ $((SECONDS - started)) -ge 5 ]; then printf '   %d s\n' $((SECONDS - started)); fi
}
