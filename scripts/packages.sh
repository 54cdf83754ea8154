# The system's packages, in sets: a command installs only the sets that it needs. Whether something is missing is asked
# of dpkg each time: that takes some 20 ms, and cannot be out of date as a note of an earlier answer could.

packages_build=(g++ cmake ninja-build pkg-config ccache libcurl4-openssl-dev libssl-dev libboost1.81-dev libhwy-dev
  nlohmann-json3-dev libcli11-dev libgtest-dev libgmock-dev libbenchmark-dev zlib1g-dev libzstd-dev
  prometheus-cpp-dev)
# clang also builds the tsan tree: its ThreadSanitizer works with every address layout, which that of g++ 12 does not.
packages_clang=(clang-19 clang-tidy-19 clang-format-19 libclang-rt-19-dev)
# llvm for names in the stacks of what a fuzzer finds.
packages_fuzz=(llvm-19)
packages_protobuf=(protobuf-compiler libprotobuf-dev)
packages_python=(python3 python3-venv)
packages_python_build=(python3 python3-dev python3-venv)
packages_java=(default-jdk-headless maven)
# Unpacked, not installed: see install_peer_prometheus.
packages_prometheus=(prometheus)

# missing_packages NAME...: those that are not installed, one a line.
missing_packages() {
  local installed name
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null || true)
  for name in "$@"; do
    if ! grep -qxF "installed $name" <<<"$installed"; then printf '%s\n' "$name"; fi
  done
}

# On systems that are not Debian 12 the newest Boost may have another name.
known_name() {
  if [ "$1" = libboost1.81-dev ] && ! apt-cache show "$1" >/dev/null 2>&1; then echo libboost-dev; else echo "$1"; fi
}

# try_packages NAME...: installs what is missing; its status says whether all of it is there now.
try_packages() {
  if ! have apt-get; then
    say "no apt-get here; these Debian packages, or what your system calls them, have to be installed: $*"
    return 0
  fi
  local missing
  mapfile -t missing < <(missing_packages "$@")
  if [ ${#missing[@]} = 0 ]; then return 0; fi
  if [ "$(id -u)" != 0 ] && ! have sudo; then
    say "not root, and no sudo here; somebody who is: apt-get install ${missing[*]}"
    return 1
  fi
  say "installing ${missing[*]}"
  try_logged apt-update as_root apt-get -q update -o Acquire::Retries=3 || return 1
  local name names=()
  for name in "${missing[@]}"; do names+=("$(known_name "$name")"); done
  try_logged "apt-${names[0]}" as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -q install -y --no-install-recommends -o Acquire::Retries=3 "${names[@]}"
}

require_packages() {
  if ! try_packages "$@"; then
    if [ -n "${last_log:-}" ]; then tail -n 20 "$last_log" >&2; fi
    fail "could not install $(missing_packages "$@" | paste -sd ' ')"
  fi
}

setup_build() { require_packages "${packages_build[@]}"; }
setup_clang() { require_packages "${packages_clang[@]}"; }
