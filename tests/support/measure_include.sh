#!/usr/bin/env bash
# Measures what including protograph/protograph.h adds, at -O2, to a source file that already includes
# the header of a generated message. Prints a row a compiler; fails where one misses the bar.
#
#   tests/support/measure_include.sh [build folder]      default: build/release
#
# Processor time, not wall time, so that a busy machine does not matter; the median of eleven pairs of
# runs that take turns.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/support/packages.sh

readonly bar_ms=1000
readonly pairs=11
generated="${1:-build/release}/src/protograph.proto"
[[ -f "$generated/protograph/description.pb.h" ]] ||
  fail "$generated has no generated headers: build the library first (cmake --build --preset release)"

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cat >"$work/without.cc" <<'CC'
#include "protograph/description.pb.h"
int Steps(const protograph::GraphDescription& graph) { return graph.steps_size(); }
CC
{ cat "$work/without.cc" && echo '#include "protograph/protograph.h"'; } >"$work/with.cc"

# compile_ms <compiler> <file>: user and system time.
compile_ms() {
  local TIMEFORMAT='%U %S' seconds
  seconds="$({ time "$1" -std=c++20 -O2 -Iinclude -isystem "$generated" -c "$2" -o "$work/out.o" >&2; } 2>&1)"
  awk '{printf "%d", 1000 * ($1 + $2)}' <<<"$seconds"
}

median() { sort -n | sed -n "$(((pairs + 1) / 2))p"; }

status=0
printf '%-12s %12s %12s %12s %10s\n' compiler "without, ms" "with, ms" "added, ms" "bar, ms"
for compiler in g++ clang++-14; do
  command -v "$compiler" >/dev/null || { echo "$compiler is not here"; continue; }
  "$compiler" -std=c++20 -O2 -Iinclude -isystem "$generated" -c "$work/with.cc" -o "$work/out.o"
  for ((i = 0; i < pairs; ++i)); do
    compile_ms "$compiler" "$work/without.cc" >>"$work/without.$compiler"
    echo >>"$work/without.$compiler"
    compile_ms "$compiler" "$work/with.cc" >>"$work/with.$compiler"
    echo >>"$work/with.$compiler"
  done
  without="$(median <"$work/without.$compiler")"
  with="$(median <"$work/with.$compiler")"
  verdict=met
  ((with - without < bar_ms)) || { verdict=MISSED; status=1; }
  printf '%-12s %12s %12s %12s %10s %s\n' "$compiler" "$without" "$with" $((with - without)) "$bar_ms" "$verdict"
done
exit "$status"
