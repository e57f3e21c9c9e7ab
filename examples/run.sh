#!/usr/bin/env bash
# Installs what is missing, builds a Release build and tags the films of examples/data/movies.csv.
#
#   examples/run.sh                          tags every film (--all)
#   examples/run.sh --catalogue              sums every film up, in one execution
#   examples/run.sh <argument>...            e.g. examples/run.sh 603, or --all --flaky 0.2

set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
. "$root/tests/support/packages.sh"

(($#)) || set -- --all

# The second set has what --resume-demo needs: the testing kit and Postgres.
install_packages build demo
(
  cd "$root"
  configure release -B build/examples -DPROTOGRAPH_BUILD_TESTS=OFF \
    -DPROTOGRAPH_BUILD_BENCHMARKS=OFF
  say "Building in build/examples"
  cmake --build build/examples --target movie_tagging --parallel "$(build_jobs)"
)
say "movie_tagging $*"
exec "$root/build/examples/examples/movie_tagging/movie_tagging" "$@"
