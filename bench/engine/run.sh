#!/usr/bin/env bash
# Measures the engine against Python's torch: both sides alternate in one run, so that a busy moment of the machine hits both.
# usage: bench/engine/run.sh [PAIRS] [FOLDER]   THINKREC_PYTHON picks another Python, THINKREC_THREADS the threads of both sides.
set -euo pipefail
cd "$(dirname "$0")/../.."
pairs=${1:-5}
folder=${2:-artifacts/bench/engine}
. bench/both-sides.sh
prepare_both_sides Engine
shipped=(env -u OPENBLAS_CORETYPE -u OMP_NUM_THREADS)

for ((i = 0; i < pairs; i++)); do
  "${same[@]}" "${ours[@]}" pass >> "$folder/same-settings.ours.jsonl"
  "${same[@]}" "$python" bench/engine/theirs.py >> "$folder/same-settings.theirs.jsonl"
  "${shipped[@]}" -u THINKREC_THREADS "${ours[@]}" pass >> "$folder/as-shipped.ours.jsonl"
  "${shipped[@]}" -u THINKREC_THREADS "$python" bench/engine/theirs.py >> "$folder/as-shipped.theirs.jsonl"
done
"${ours[@]}" report "$folder"
