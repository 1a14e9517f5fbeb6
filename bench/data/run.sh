#!/usr/bin/env bash
# Measures the preparation of raw files against plain Python: both sides alternate in one run, each in a process of its own.
# usage: bench/data/run.sh [MEGABYTES] [PAIRS] [KIND...]   KIND: amazon, yelp, ml-1m, or one of them with .gz. THINKREC_PYTHON picks another Python,
# THINKREC_BENCH the folder for the results, THINKREC_BENCH_RAW the one for the generated files, which are deleted at the end.
set -euo pipefail
megabytes=${1:-400}
pairs=${2:-3}
shift $(($# < 2 ? $# : 2))
[ $# -gt 0 ] || set -- amazon amazon.gz yelp ml-1m
cd "$(dirname "$0")/../.."
. bench/data/both-sides.sh

for name in "$@"; do
  generate "$name" "$megabytes"
  for ((i = 0; i < pairs; i++)); do
    pass_ours "$name" "$name"
    pass_theirs "$name" "$name"
  done
  rm -rf "${raw:?}/$name"
done
"${ours[@]}" report "$folder"
