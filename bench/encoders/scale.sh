#!/usr/bin/env bash
# Trains one epoch of each encoder, as it is shipped, on a made-up log of the size of the paper's Yelp: a quarter, half and all of its rows.
# usage: bench/encoders/scale.sh [METHOD...]   THINKREC_THREADS picks the threads, THINKREC_BENCH the folder for the logs (about 200 MB).
set -euo pipefail
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- mf lightgcn sasrec sasrec-feedback
folder=${THINKREC_BENCH:-artifacts/bench/encoders}
users=40617 items=60014

dotnet build -c Release --nologo -v quiet bench/encoders/ThinkRec.Bench.Encoders.csproj
bench=(dotnet artifacts/bin/ThinkRec.Bench.Encoders/release/ThinkRec.Bench.Encoders.dll)
echo "$users users, $items items, ${THINKREC_THREADS:-$(nproc)} threads; an epoch has its validation, of a tenth as many rows, and the first compiles"
echo
echo "| encoder | training rows | loading s | training s | of it the epoch | processor s of the epoch | peak MiB |"
echo "|---|---|---|---|---|---|---|"
for method in "$@"; do
  for rows in 400000 800000 1600000; do
    [ -d "$folder/log-$rows" ] || "${bench[@]}" generate "$folder/log-$rows" "$users" "$items" "$rows"
    "${bench[@]}" scale "$method" "$folder/log-$rows"
  done
done
