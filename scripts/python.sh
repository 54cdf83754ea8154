# The Python package: an environment for each version at hand, wheels, and what ./dev test needs of them. Under build/python:
# env-VERSION, dist (wheels that work here), wheelhouse (one that works on other systems too); the build trees are build/python-*.

python_sources=(CMakeLists.txt cmake src include emulator cli share python/CMakeLists.txt python/pyproject.toml
  python/README.md python/binding python/src)

python_version() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null; }

# Other interpreters at hand, the first of each version from 3.10 on: as python3.N, or installed by pyenv.
other_pythons() {
  local python version seen
  seen=" $(python_version "$(main_python)") "
  for python in $(compgen -c python3. | grep -xE 'python3\.[0-9]+' | sort -uV) "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.*/bin/python; do
    version=$(python_version "$python") || continue
    if [ "${version#3.}" -lt 10 ] || [[ $seen == *" $version "* ]]; then continue; fi
    seen+="$version "
    command -v "$python"
  done
}

# An environment for that interpreter, and the package in it.
setup_python_package() {
  local python=$1
  require_packages "${packages_python_build[@]}"
  python_environment "$python" || fail "no environment for $python; why: $last_log"
  python_package "$(python_version "$python")"
}

setup_main_python() { setup_python_package "$(main_python)"; }

# setup_python: the main environment is needed; the others are for those who have more versions.
setup_python() {
  setup_main_python
  local python
  for python in $(other_pythons); do
    if python_environment "$python"; then
      python_package "$(python_version "$python")"
    else
      say "going on without $python; why: $last_log"
    fi
  done
}

# python_environment PYTHON: with what building and testing the package takes.
python_environment() {
  local python=$1 version folder wanted
  version=$(python_version "$python") folder=build/python/env-$version
  wanted=$(printf '%s\n' "$python" | cat - python/tests/requirements.txt | sha256sum)
  if [ -x "$folder/bin/python" ] && [ "$(cat "$folder/stamp" 2>/dev/null)" = "$wanted" ]; then return 0; fi
  say "an environment for Python $version ($folder)"
  try_logged "python-env-$version" make_venv "$python" "$folder" python/tests/requirements.txt || return 1
  printf '%s\n' "$wanted" >"$folder/stamp"
}

# The part of a wheel's name that says for which Python it is. From 3.12 on one wheel serves all.
wheel_tag() {
  local minor=${1#3.}
  if [ "$minor" -ge 12 ]; then echo cp312-abi3; else echo "cp3$minor-cp3$minor"; fi
}

newest_wheel() { mkdir -p "$1" && find "$1" -maxdepth 1 -name "aiokpl-*-$2-*.whl" -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d ' ' -f 2; }

# python_package VERSION: builds the wheel where something has changed, and installs it in that version's environment.
python_package() {
  local version=$1 folder=build/python/env-$1 tag wheel
  tag=$(wheel_tag "$version") wheel=$(newest_wheel build/python/dist "$tag")
  if [ -z "$wheel" ] || [ -n "$(find "${python_sources[@]}" -newer "$wheel" ! -name '*.so' ! -name '*.pyc' -type f -print -quit)" ]; then
    say "building the Python package for $version (log: build/logs/python-wheel-$version.log)"
    # Where changes are judged, a warning is an error (see build_preset).
    local strict=OFF
    if [ "${CI:-}" = true ]; then strict=ON; fi
    # By the name that the other trees call it: what they have compiled need not be compiled again.
    CXX=${CXX:-c++} logged "python-wheel-$version" "$folder/bin/pip" wheel -q --disable-pip-version-check --no-deps --no-build-isolation \
      "--config-settings=cmake.define.AIOKPL_WARNINGS_AS_ERRORS=$strict" -w build/python/dist ./python
    wheel=$(newest_wheel build/python/dist "$tag")
  fi
  if [ "$folder/installed" -nt "$wheel" ]; then return 0; fi
  logged "python-install-$version" "$folder/bin/pip" install -q --disable-pip-version-check --force-reinstall --no-deps \
    --no-index "$wheel"
  touch "$folder/installed"
}

# run_wheel: a wheel that brings the libraries it needs, for other systems than the one that it is built on.
run_wheel() {
  setup_build
  local python=${1:-$(main_python)} version
  version=$(python_version "$python") || fail "wheel takes a Python interpreter, not '$python'"
  setup_python_package "$python"
  logged python-repair repair_wheel "$version"
  say "$(newest_wheel build/python/wheelhouse "$(wheel_tag "$version")")"
}

repair_wheel() {
  local folder=$PWD/build/python/env-$1
  PATH=$folder/bin:$PATH "$folder/bin/auditwheel" repair -w build/python/wheelhouse \
    "$(newest_wheel build/python/dist "$(wheel_tag "$1")")"
}
