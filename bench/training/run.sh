#!/usr/bin/env bash
# Measures the training of language models against plain PyTorch written as the ThinkRec authors do: both sides alternate in one run, each in a
# process of its own, with the same threads, BLAS kernels and allocator settings.
# usage: bench/training/run.sh [PAIRS] [SHAPE...]   SHAPE: smollm2-135m, nano. THINKREC_PYTHON picks another Python, THINKREC_THREADS the threads of
# both sides; THINKREC_BENCH_PAD=batch lets the other side pad to the longest row of a batch instead of all rows.
set -euo pipefail
cd "$(dirname "$0")/../.."
pairs=${1:-3}
shift $(($# < 1 ? $# : 1))
[ $# -gt 0 ] || set -- smollm2-135m nano
folder=artifacts/bench/training
. bench/both-sides.sh
prepare_both_sides Training

declare -A sizes=([smollm2-135m]="4 8" [nano]="16 1") # rows of a step, layers of an expert; as in Shape.cs
for shape in "$@"; do
  "${ours[@]}" rows "$shape" "$folder/$shape"
  for ((i = 0; i < pairs; i++)); do
    for case in lora experts; do
      "${same[@]}" "${ours[@]}" pass "$shape" "$case" "$folder/$shape" >> "$folder/$shape.$case.ours.jsonl"
      # shellcheck disable=SC2086
      "${same[@]}" "$python" bench/training/theirs.py "$folder/$shape" "$case" ${sizes[$shape]} >> "$folder/$shape.$case.theirs.jsonl"
    done
  done
  for case in lora-parts lora-recompute; do
    "${same[@]}" "${ours[@]}" pass "$shape" "$case" "$folder/$shape" >> "$folder/$shape.$case.ours.jsonl"
  done
  rm -rf "${folder:?}/$shape"
done
echo "$pairs pairs, $THINKREC_THREADS threads each, BLAS kernels ${OPENBLAS_CORETYPE:-$core}, load $(cut -d' ' -f1-3 /proc/loadavg)"
echo
"${ours[@]}" report "$folder"
