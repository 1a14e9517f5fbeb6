#!/usr/bin/env bash
# Shows what memory grows with: a quarter, a half and the whole of MEGABYTES with the same users, items and rows inside the window. Our side only.
# usage: bench/data/memory.sh [MEGABYTES] [KIND]
set -euo pipefail
megabytes=${1:-2400}
kind=${2:-amazon}
cd "$(dirname "$0")/../.."
. bench/data/both-sides.sh

for size in $((megabytes / 4)) $((megabytes / 2)) "$megabytes"; do
  generate "$kind" "$size"
  pass_ours "$kind" "$(printf '%s %06d MB' "$kind" "$size")"
  rm -rf "${raw:?}/$kind"
done
"${ours[@]}" report "$folder"
