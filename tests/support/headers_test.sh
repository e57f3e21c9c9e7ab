#!/usr/bin/env bash
# Each public header must compile by itself, whatever was included before it.
#
#   headers_test.sh <include folder> <compiler> <flag>...

set -uo pipefail
folder="$1"
shift

find "$folder" -name '*.h' -not -path '*/internal/*' | sort | xargs -P "$(nproc)" -I{} \
  bash -c '"${@:2}" -fsyntax-only -x c++ "$1" || { echo "not self-contained: $1" >&2; exit 1; }' - {} "$@"
