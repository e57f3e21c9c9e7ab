#!/usr/bin/env bash
# Runs the benchmarks: installs what is missing, builds a Release build with g++ in build/bench, measures,
# and prints a table. Writes the same as JSON. Fails where a bar is missed, and with another status where
# something could not be measured.
#
#   tests/bench/run.sh [group] [--json FILE]
#
# Groups: film chain1000 fan1000 threads allocations instructions parallel collections include checkpoints
#         store jobs schedules.
# README.md says what each figure means, and how to add one.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. tests/support/packages.sh

readonly build=build/bench
readonly groups=(film chain1000 fan1000 threads allocations instructions parallel collections include
  checkpoints store jobs schedules)

# ---- Groups: measure_<name> prints figures as measure.h's PrintFigure does ----

measure_film() { "$build/tests/bench/bench_film"; }
measure_chain1000() { "$build/tests/bench/bench_chain"; }
measure_fan1000() { "$build/tests/bench/bench_fan"; }
measure_threads() { "$build/tests/bench/bench_threads"; }
measure_allocations() { "$build/tests/bench/bench_allocations"; }
measure_collections() {
  "$build/tests/bench/bench_collections"
  "$build/tests/bench/bench_item_checkpoints"
  "$build/tests/bench/bench_fan_out"
}
measure_parallel() { "$build/tests/bench/bench_parallel"; }
measure_checkpoints() { "$build/tests/bench/bench_checkpoints"; }
measure_schedules() { "$build/tests/bench/bench_schedules"; }
measure_store() { "$build/tests/bench/bench_store"; }

# figure <group> <name> <value> <unit> <baseline> <its value> <number> <its unit> <bar>
figure() {
  local IFS=$'\t'
  printf '%s\n' "$*"
}

# Instructions of as many film executions as said, and of the program around them.
instructions_of() {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null \
    "$build/tests/bench/bench_film_executions" "$1" "$2" 2>&1 |
    awk '/Collected/ {print $NF; found = 1} END {exit !found}'
}

measure_instructions() {
  if ! command -v valgrind >/dev/null; then
    echo "SKIPPED: instructions: valgrind is missing (Debian: valgrind)" >&2
    return
  fi
  # The difference of two runs leaves the start of the program out. A multiple of 61, as Protograph looks
  # at the clock in one of 61 executions.
  local -r times=6100
  local way once twice graph hand
  for way in graph hand; do
    once="$(instructions_of "$way" "$times")"
    twice="$(instructions_of "$way" $((2 * times)))"
    printf -v "$way" '%s' "$(awk "BEGIN {print ($twice - $once) / $times}")"
  done
  figure instructions "five steps" "$graph" instructions "calls by hand" "$hand" \
    "$(awk "BEGIN {print $graph / $hand}")" x ""
}

measure_include() {
  # Prints: compiler, milliseconds without, with, added, and the bar.
  { bash tests/support/measure_include.sh "$build" || true; } |
    while read -r compiler without with added bar _; do
      case "$compiler" in
        compiler) ;;
        *g++* | clang*)
          [[ "$bar" =~ ^[0-9]+$ ]] || { echo "SKIPPED: include: $compiler is missing" >&2; continue; }
          figure include "protograph.h, $compiler -O2" "$with" ms "a message's header" "$without" \
            "$added" "ms more" "<$bar" ;;
        *) echo "$compiler $without $with $added $bar" >&2 ;;
      esac
    done
}

# Prints the folder where the other job queues are ready to be run, or nothing.
install_peers() {
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    echo "SKIPPED: jobs: node or npm is missing (Debian: nodejs npm), so that there is no comparison with" \
      "graphile-worker and pg-boss" >&2
    return
  fi
  local -r folder="$PWD/$build/peers"
  mkdir -p "$folder"
  cp tests/bench/peers/* "$folder"
  if ! (cd "$folder" && npm install --no-save --no-package-lock --no-audit --no-fund) \
    >"$folder/npm.log" 2>&1 </dev/null; then
    echo "SKIPPED: jobs: npm could not install graphile-worker and pg-boss; see $folder/npm.log" >&2
    return
  fi
  echo "$folder"
}

measure_jobs() {
  local peers
  peers="$(install_peers)"
  env ${peers:+PROTOGRAPH_BENCH_PEERS="$peers"} "$build/tests/bench/bench_jobs"
}

# ---- What is done with the figures ----

# The figures with a field more: met, missed, or nothing where there is no bar.
judge() {
  awk -F'\t' -v OFS='\t' '{
    verdict = ""
    if (match($9, /[0-9.]+$/)) {
      bound = substr($9, RSTART) + 0
      sign = substr($9, 1, RSTART - 1)
      met = sign == "<=" ? $7 <= bound : sign == ">=" ? $7 >= bound : sign == "<" ? $7 < bound : 0
      verdict = met ? "met" : "MISSED"
    }
    print $0, verdict
  }' "$1"
}

table() {
  awk -F'\t' '
    function row(group, figure, value, than, its, number, bar, verdict) {
      printf "%-13s%-40s%18s  %-28s%18s%20s %8s  %s\n", group, figure, value, than, its, number, bar,
        verdict
    }
    BEGIN { row("group", "figure", "measured", "compared with", "its value", "ratio or difference",
                "bar", "") }
    { row($1, $2, sprintf("%.5g %s", $3, $4), $5, ($5 == "" ? "" : sprintf("%.5g %s", $6, $4)),
          sprintf("%.3g %s", $7, $8), $9, $10) }' "$1"
}

json() {
  awk -F'\t' -v machine="$(uname -m), $(nproc) processors" -v compiler="$(g++ --version | head -n 1)" \
    -v time="$(date -u +%Y-%m-%dT%H:%M:%SZ)" '
    function quoted(text) {
      gsub(/[\\"]/, "\\\\&", text)
      return "\"" text "\""
    }
    BEGIN {
      printf "{\"time\": %s, \"machine\": %s, \"compiler\": %s, \"figures\": [", quoted(time),
        quoted(machine), quoted(compiler)
    }
    {
      printf "%s\n  {\"group\": %s, \"figure\": %s, \"value\": %s, \"unit\": %s, \"baseline\": %s, " \
        "\"baseline_value\": %s, \"number\": %s, \"number_unit\": %s, \"bar\": %s, \"met\": %s}",
        (NR > 1 ? "," : ""), quoted($1), quoted($2), $3, quoted($4), quoted($5), $6, $7, quoted($8),
        ($9 == "" ? "null" : quoted($9)), ($10 == "" ? "null" : ($10 == "met" ? "true" : "false"))
    }
    END { print "\n]}" }' "$1"
}

# ---- The command ----

chosen=("${groups[@]}")
json_file="$build/figures.json"
while (($#)); do
  case "$1" in
    --json)
      (($# > 1)) || fail "--json needs a file"
      json_file="$2"
      shift
      ;;
    *)
      [[ " ${groups[*]} " == *" $1 "* ]] || fail "no such group: $1; there are: ${groups[*]}"
      chosen=("$1")
      ;;
  esac
  shift
done

install_packages build bench
configure release -B "$build" -DCMAKE_CXX_COMPILER=g++ -DPROTOGRAPH_BUILD_BENCHMARKS=ON \
  -DPROTOGRAPH_BUILD_TESTS=OFF -DPROTOGRAPH_BUILD_EXAMPLES=OFF -DPROTOGRAPH_BUILD_TOOLS=OFF
say "Building in $build"
cmake --build "$build" --parallel "$(build_jobs)"

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
broken=()
for group in "${chosen[@]}"; do
  say "Measuring $group"
  (set -e; "measure_$group") >"$work/$group" || broken+=("$group")
  cat "$work/$group" >>"$work/figures"
done

judge "$work/figures" >"$work/judged"
echo
table "$work/judged"
json "$work/judged" >"$json_file"
echo
say "As JSON: $json_file"
((${#broken[@]} == 0)) || { say "COULD NOT MEASURE: ${broken[*]}"; exit 2; }
if grep -q $'\tMISSED$' "$work/judged"; then
  say "Bars missed: $(grep -c $'\tMISSED$' "$work/judged")"
  exit 1
fi
say "All bars met"
