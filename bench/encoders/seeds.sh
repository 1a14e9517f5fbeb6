#!/usr/bin/env bash
# Trains each encoder with five seeds and prints, one Markdown row each, the mean of its figures over the seeds, their standard deviation, and the
# 95 % interval of the first seed's AUC and UAUC over users.
# usage: bench/encoders/seeds.sh DATA OUT [METHOD...]   DATA is a prepared ML-1M; configurations are those of configs/ml-1m/encoders.
# SPLIT=test measures that split; the epoch is chosen on validation rows all the same.
set -euo pipefail
data=$1
out=$2
shift 2
root=$(cd "$(dirname "$0")/../.." && pwd)
[ $# -gt 0 ] || set -- mf lightgcn sasrec gsasrec din sasrec-feedback
for method in "$@"; do
  for seed in 1 2 3 4 5; do
    "$root/thinkrec" train "$method" --data "$data" --out "$out/$method-$seed" --config "$root/configs/ml-1m/encoders/$method.yaml" --set seed="$seed" > "$out-$method-$seed.log" 2>&1
    "$root/thinkrec" evaluate --run "$out/$method-$seed" --data "$data" --split "${SPLIT:-valid}" --json > "$out-$method-$seed.json" 2>> "$out-$method-$seed.log"
  done
  python3 - "$method" "$out-$method-"[1-5].json << 'PY'
import json, statistics, sys
runs = [json.load(open(path))["metrics"] for path in sys.argv[2:]]
cells = []
for name in ("AUC", "UAUC", "NDCG@5", "MAP@5"):
    values = [run[name]["value"] for run in runs]
    interval = f" ({runs[0][name]['low']:.3f}–{runs[0][name]['high']:.3f})" if name in ("AUC", "UAUC") else ""
    cells.append(f"{statistics.mean(values):.4f} ± {statistics.stdev(values):.4f}{interval}")
print(f"| `{sys.argv[1]}` | " + " | ".join(cells) + " |", flush=True)
PY
done
