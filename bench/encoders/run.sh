#!/usr/bin/env bash
# Measures the training of encoders against plain PyTorch written as the ThinkRec authors do: both sides alternate in one run, each in a
# process of its own, with the same threads, BLAS kernels and allocator settings.
# usage: bench/encoders/run.sh DATA [PAIRS] [METHOD...]   DATA is a prepared ML-1M. THINKREC_PYTHON picks another Python, THINKREC_THREADS
# the threads of both sides, THINKREC_BENCH the folder for the results.
set -euo pipefail
data=$(realpath "$1")
pairs=${2:-3}
shift $(($# < 2 ? $# : 2))
[ $# -gt 0 ] || set -- mf lightgcn sasrec
cd "$(dirname "$0")/../.."
folder=${THINKREC_BENCH:-artifacts/bench/encoders}
. bench/both-sides.sh
prepare_both_sides Encoders

for method in "$@"; do
  for ((i = 0; i < pairs; i++)); do
    "${same[@]}" "${ours[@]}" pass "$method" "$data" >> "$folder/$method.ours.jsonl"
    "${same[@]}" "$python" bench/encoders/theirs.py pass "$method" "$data" >> "$folder/$method.theirs.jsonl"
  done
  "${same[@]}" "${ours[@]}" quality "$method" "$data" > "$folder/$method.quality.ours.jsonl"
  "${same[@]}" "$python" bench/encoders/theirs.py quality "$method" "$data" > "$folder/$method.quality.theirs.jsonl"
done
echo "$pairs pairs, $THINKREC_THREADS threads each, BLAS kernels ${OPENBLAS_CORETYPE:-$core}"
echo
"${ours[@]}" report "$folder"
