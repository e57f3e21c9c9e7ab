#!/usr/bin/env bash
# Installs what is missing, builds a Release build and runs every test.
#
#   tests/run.sh [argument of ctest]...      e.g. tests/run.sh -L unit

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. tests/support/packages.sh

install_packages build tests
# The benchmarks are no tests and take minutes to compile: tests/bench/run.sh builds them.
configure release -DPROTOGRAPH_BUILD_BENCHMARKS=OFF
say "Building in build/release"
cmake --build --preset release --parallel "$(build_jobs)"
say "Testing"
ctest --preset release --parallel "$(nproc)" "$@"
