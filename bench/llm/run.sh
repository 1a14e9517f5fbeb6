#!/usr/bin/env bash
# Measures prefill and decoding against a plain PyTorch Llama with the same weights: both sides alternate in one run.
# usage: bench/llm/run.sh [PAIRS] [SHAPE...]   SHAPE: smollm2-135m, nano. THINKREC_PYTHON picks another Python, THINKREC_THREADS the threads of both sides.
set -euo pipefail
cd "$(dirname "$0")/../.."
pairs=${1:-3}
shift $(($# < 1 ? $# : 1))
[ $# -gt 0 ] || set -- smollm2-135m nano
folder=artifacts/bench/llm
. bench/both-sides.sh
prepare_both_sides Llm

for shape in "$@"; do
  "${ours[@]}" weights "$shape" "$folder/$shape"
  for ((i = 0; i < pairs; i++)); do
    "${same[@]}" "${ours[@]}" pass "$shape" "$folder/$shape" >> "$folder/$shape.ours.jsonl"
    "${same[@]}" "$python" bench/llm/theirs.py "$folder/$shape" >> "$folder/$shape.theirs.jsonl"
  done
  rm -rf "${folder:?}/$shape"
done
"${ours[@]}" report "$folder"
