#!/usr/bin/env bash
# Checks ThinkRec's engine on this machine in one go: builds the shim against the libtorch of python3's torch, compares every model family and adapters
# with transformers and peft, measures speed beside them, and writes report.md and report.json.
#
#   tools/gpu-check/run.sh [--out DIR] [--shape 8b|tiny] [--steps N] [--cpu]
#
# --out    where everything goes, gpu-check-out by default: a new folder, or that of an earlier report, which is replaced
# --shape  the model whose speed is measured: 8b (a GPU with 80 GB) or tiny; --steps N: timed repeats of each measurement, 10 by default
# --cpu    computes on the processor, to try the script
# Exit code 0: everything passed; 1: a check failed; 2: called wrongly; 3: nothing failed, but the report says what could not be run, and why.
#
# Variables: THINKREC_PYTHON, the Python with torch, transformers and peft (python3); LIBTORCH, a libtorch other than that torch's; THINKREC_SHIM, a shim that is
# built already; THINKREC_GPU_CHECK, the program that publish.sh makes (else the one beside this script, else one built here with dotnet).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
python=${THINKREC_PYTHON:-python3}
out=gpu-check-out shape=8b steps=10 device=cuda

misused() {
  printf 'error: %s\nusage: run.sh [--out DIR] [--shape 8b|tiny] [--steps N] [--cpu]\n' "$1" >&2
  exit 2
}
stop() {
  printf 'error: %s\n' "$1" >&2
  exit 1
}
say() { printf 'gpu-check: %s\n' "$*" >&2; }

while [ $# -gt 0 ]; do
  case $1 in
    --out | --shape | --steps) [ $# -ge 2 ] || misused "$1 needs a value" ;;&
    --out) out=$2 && shift 2 ;;
    --shape) shape=$2 && shift 2 ;;
    --steps) steps=$2 && shift 2 ;;
    --cpu) device=cpu && shift ;;
    *) misused "'$1' is not known" ;;
  esac
done
[[ $shape == 8b || $shape == tiny ]] || misused "--shape is '$shape', expected 8b or tiny"
[[ $steps =~ ^[1-9][0-9]{0,3}$ ]] || misused "--steps is '$steps', expected 1 to 9999"
[[ $shape == tiny || $device == cuda ]] || misused "--shape 8b takes hours on a processor; use --shape tiny with --cpu"
[ -n "$out" ] || misused "--out is empty"
if [ -e "$out" ] && ! [ -e "$out/machine.tsv" ] && [ -n "$(ls -A "$out" 2>&1)" ]; then
  misused "--out $out is not empty and holds no earlier report; name a new folder"
fi
mkdir -p "$out/logs"
out=$(cd "$out" && pwd)
rm -rf "$out"/models "$out"/adapters "$out"/*.json "$out"/*.tsv "$out"/report.md "$out"/logs/*

# A line of the report: the step, its exit status or - when it is left out, and a note.
note() { printf '%s\t%s\t%s\n' "$1" "$2" "$(printf %s "$3" | tr '\t\n' '  ')" >>"$out/steps.tsv"; }

# Runs a command as a step; its output goes to a log.
step() {
  local name=$1 log status=0
  shift
  log="$out/logs/${name// /-}.log"
  say "$name"
  "$@" >"$log" 2>&1 || status=$?
  case $status in
    0) note "$name" 0 "" ;;
    4) note "$name" - "$(tail -n 1 "$log")" ;; # no GPU
    *) note "$name" "$status" "$(tail -n 3 "$log")" ;;
  esac
  return "$status"
}

# The other side's step, where there is one.
their_step() {
  if [ -z "$no_python" ]; then step "$@" || true; else note "$1" - "$no_python"; fi
}

# Runs a step while the GPU's memory in use is looked at, and writes down its peak above what was in use before.
watched() {
  local side=$1 before peak=0 now watcher
  shift
  if [ "$device" != cuda ] || ! command -v nvidia-smi >/dev/null; then
    "$@"
    return
  fi
  local query=(nvidia-smi --query-gpu=memory.used --format=csv,noheader,nounits -i 0)
  before=$("${query[@]}")
  echo "$before" >"$out/memory.$side"
  (while sleep 0.1; do now=$("${query[@]}") && [ "$now" -gt "$(<"$out/memory.$side")" ] && echo "$now" >"$out/memory.$side"; done) &
  watcher=$!
  local status=0
  "$@" || status=$?
  kill "$watcher" 2>/dev/null && wait "$watcher" 2>/dev/null || true
  peak=$(<"$out/memory.$side")
  rm "$out/memory.$side"
  printf '%s\t%s\n' "$side" "$((peak - before))" >>"$out/memory.tsv"
  return "$status"
}

describe_machine() {
  printf 'date\t%s\n' "$(date -u +%Y-%m-%dT%H:%MZ)"
  printf 'processor\t%s, %s cores\n' "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)"
  if command -v nvidia-smi >/dev/null; then
    printf 'GPU\t%s\n' "$(nvidia-smi --query-gpu=name,memory.total,driver_version --format=csv,noheader | head -n 1)"
  else
    printf 'GPU\tnone (no nvidia-smi)\n'
  fi
  printf 'computed on\t%s\n' "$device"
}

# A torch folder with headers: LIBTORCH, else that of Python's torch; nothing for a libtorch that the system's package manager put in place.
find_libtorch() {
  local folder=${LIBTORCH:-}
  [ -n "$folder" ] || [ -n "$no_python" ] || folder=$("$python" -c 'import os, torch; print(os.path.dirname(torch.__file__))')
  if [ -e "$folder/include/torch/csrc/api/include/torch/version.h" ] && [ -e "$folder/lib/libtorch_cpu.so" ]; then
    (cd "$folder" && pwd -P)
  elif [ -n "${LIBTORCH:-}" ]; then
    stop "LIBTORCH=$LIBTORCH has no include/ and lib/ of a libtorch."
  fi
}

build_shim() {
  local libtorch
  libtorch=$(find_libtorch)
  # A distribution's Python torch has its headers as links into the system's; cmake finds those itself.
  if [[ $libtorch == /usr/lib/python3/dist-packages/* ]]; then libtorch=; fi
  echo "libtorch: ${libtorch:-of the system}"
  rm -rf "$out/shim"
  cmake -S "$root/native/torchshim" -B "$out/shim" -DCMAKE_BUILD_TYPE=Release -DLIBTORCH="$libtorch"
  cmake --build "$out/shim" --parallel "$(nproc)"
}

find_program() {
  program=${THINKREC_GPU_CHECK:-$here/ThinkRec.GpuCheck}
  if [ -n "${THINKREC_GPU_CHECK:-}" ] && ! [ -x "$program" ]; then stop "THINKREC_GPU_CHECK=$program cannot be run."; fi
  [ ! -x "$program" ] || return 0
  command -v dotnet >/dev/null || stop "there is neither $program nor a .NET SDK here. Make the program on another machine with tools/gpu-check/publish.sh and bring what it packs."
  step "build our side" dotnet build -c Release --nologo -v quiet "$here/ThinkRec.GpuCheck.csproj" || stop "our side did not build: $(tail -n 3 "$out/logs/build-our-side.log")"
  program=$root/artifacts/bin/ThinkRec.GpuCheck/release/ThinkRec.GpuCheck
}

no_python=
if ! command -v "$python" >/dev/null; then
  no_python="there is no $python; set THINKREC_PYTHON to a Python with torch, transformers and peft"
elif ! "$python" -c 'import torch' 2>"$out/logs/python.log"; then
  no_python="$python has no torch ($(tail -n 1 "$out/logs/python.log")); set THINKREC_PYTHON to one with torch, transformers and peft"
fi
describe_machine >"$out/machine.tsv"
find_program
if [ -n "${THINKREC_SHIM:-}" ]; then
  [ -e "$THINKREC_SHIM" ] || stop "THINKREC_SHIM=$THINKREC_SHIM is not there."
  note "build the shim" - "THINKREC_SHIM is set, so that one was taken"
else
  command -v cmake >/dev/null && command -v g++ >/dev/null || stop "the shim needs cmake and g++. Install them (cmake also comes with pip install cmake), or set THINKREC_SHIM."
  step "build the shim" build_shim || stop "the shim did not build: $(tail -n 5 "$out/logs/build-the-shim.log")"
  export THINKREC_SHIM="$out/shim/libtorchshim.so"
fi

step "our models and adapters" "$program" write "$out" || true
their_step "their logits" "$python" "$here/theirs.py" parity "$out" "$device"
step "our logits" "$program" parity "$out" "$device" || true
watched ours step "our speed" "$program" speed "$out" "$device" "$shape" "$steps" || true
if [ -e "$out/speed.ours.json" ] || [ -n "$no_python" ]; then
  watched theirs their_step "their speed" "$python" "$here/theirs.py" speed "$out" "$device"
else
  note "their speed" - "our speed was not measured: its step names the workload"
fi

status=0
"$program" report "$out" || status=$?
say "report: $out/report.md"
exit "$status"
