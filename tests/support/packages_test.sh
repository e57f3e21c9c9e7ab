#!/usr/bin/env bash
# Tests packages.sh in made-up worlds: a PATH with nothing on it but what the test puts there.

set -uo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
bash="$(command -v bash)"
faults=0

# world <program>...: an empty PATH with the usual helpers and the fake programs named. dpkg-query knows
# every package but those in $absent; apt-get and sudo write what they are asked to $world/calls.
world() {
  world="$(mktemp -d)"
  local program
  for program in tr sort cat rm mktemp env awk nproc; do
    ln -s "$(command -v "$program")" "$world/$program"
  done
  for program in "$@"; do
    case "$program" in
      dpkg-query)
        printf '#!%s\nfor package; do :; done\ncase " %s " in *" $package "*) exit 1 ;; esac\necho "ii "\n' \
          "$bash" "$absent" >"$world/$program" ;;
      *) printf '#!%s\necho "%s $*" >>"%s/calls"\n' "$bash" "$program" "$world" >"$world/$program" ;;
    esac
    chmod +x "$world/$program"
  done
  : >"$world/calls"
}

install() {
  output="$(PATH="$world" "$bash" -c '. "$1/packages.sh"; install_packages build' - "$here" 2>&1)"
  status=$?
  calls="$(cat "$world/calls")"
  rm -rf "$world"
}

# expect <what> <condition>...
expect() {
  local what="$1"
  shift
  if "$@"; then
    echo "ok: $what"
  else
    printf 'FAILED: %s\n  status: %s\n  output: %s\n  calls: %s\n' "$what" "$status" "$output" "$calls"
    faults=$((faults + 1))
  fi
}

contains() { [[ "$1" == *"$2"* ]]; }

absent="" world dpkg-query apt-get
install
expect "nothing missing: succeeds" [ "$status" -eq 0 ]
expect "nothing missing: says nothing" [ -z "$output" ]
expect "nothing missing: apt-get is left alone" [ -z "$calls" ]

absent="libfmt-dev" world dpkg-query
install
expect "missing, no apt-get: fails" [ "$status" -ne 0 ]
expect "missing, no apt-get: names the package" contains "$output" "libfmt-dev"
expect "missing, no apt-get: does not name the others" [ "${output/libabsl-dev/}" = "$output" ]

absent="libfmt-dev" world dpkg-query apt-get sudo
install
expect "missing: succeeds" [ "$status" -eq 0 ]
expect "missing: says what it installs" contains "$output" "Installing libfmt-dev"
expect "missing: updates the lists first" contains "${calls%%install*}" "update"
expect "missing: installs the package" contains "$calls" "install"

world
install
expect "no Debian, no compiler: fails" [ "$status" -ne 0 ]
expect "no Debian, no compiler: names all packages" contains "$output" "libprotobuf-dev"

world c++ cmake ninja protoc
install
expect "no Debian, programs there: goes on" [ "$status" -eq 0 ]
expect "no Debian, programs there: names the packages" contains "$output" "libprotobuf-dev"

if ((EUID == 0)); then
  echo "not tried: no root and no sudo (this is root)"
else
  absent="libfmt-dev" world dpkg-query apt-get
  install
  expect "no root, no sudo: fails" [ "$status" -ne 0 ]
  expect "no root, no sudo: says what to run" contains "$output" "apt-get install libfmt-dev"
fi

((faults == 0))
