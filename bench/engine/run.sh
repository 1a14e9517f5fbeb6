#!/usr/bin/env bash
# Measures the engine against Python's torch: both sides alternate in one run, so that a busy moment of the machine hits both.
# usage: bench/engine/run.sh [PAIRS] [FOLDER]   THINKREC_PYTHON picks another Python, THINKREC_THREADS the threads of both sides.
set -euo pipefail
cd "$(dirname "$0")/../.."
pairs=${1:-5}
folder=${2:-artifacts/bench/engine}
python=${THINKREC_PYTHON:-/usr/bin/python3}
export THINKREC_THREADS=${THINKREC_THREADS:-$(nproc)}

dotnet build -c Release --nologo -v quiet bench/engine/ThinkRec.Bench.Engine.csproj
ours=(dotnet artifacts/bin/ThinkRec.Bench.Engine/release/ThinkRec.Bench.Engine.dll)
mkdir -p "$folder"
rm -f "$folder"/*.jsonl

# The settings that the engine makes for itself, given to Python as well.
core=$("${ours[@]}" core)
same=(env "OPENBLAS_CORETYPE=${OPENBLAS_CORETYPE:-$core}" "OMP_NUM_THREADS=$THINKREC_THREADS"
  GOMP_SPINCOUNT=1000 OPENBLAS_THREAD_TIMEOUT=8 MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=1073741824 MALLOC_TOP_PAD_=67108864)
shipped=(env -u OPENBLAS_CORETYPE -u OMP_NUM_THREADS)

for ((i = 0; i < pairs; i++)); do
  "${same[@]}" "${ours[@]}" pass >> "$folder/same-settings.ours.jsonl"
  "${same[@]}" "$python" bench/engine/theirs.py >> "$folder/same-settings.theirs.jsonl"
  "${shipped[@]}" -u THINKREC_THREADS "${ours[@]}" pass >> "$folder/as-shipped.ours.jsonl"
  "${shipped[@]}" -u THINKREC_THREADS "$python" bench/engine/theirs.py >> "$folder/as-shipped.theirs.jsonl"
done
"${ours[@]}" report "$folder"
