# Sourced by the scripts of this folder, from the repository's root: builds our side, and says how a pass of each side is made.
python=${THINKREC_PYTHON:-/usr/bin/python3}
folder=${THINKREC_BENCH:-artifacts/bench/data}
dotnet build -c Release --nologo -v quiet bench/data/ThinkRec.Bench.Data.csproj
ours=(dotnet artifacts/bin/ThinkRec.Bench.Data/release/ThinkRec.Bench.Data.dll)
mkdir -p "$folder"
rm -f "$folder"/*.jsonl
raw=$(mktemp -d "${THINKREC_BENCH_RAW:-${TMPDIR:-/tmp}}/thinkrec-bench-data.XXXXXX")
trap 'rm -rf "$raw"' EXIT

# The first word of a name is the kind; with .gz its files are packed.
generate() {
  "${ours[@]}" generate "${1%.gz}" "$raw/$1" "$2"
  if [[ $1 == *.gz ]]; then gzip -1 "$raw/$1"/*; fi
}

pass_ours() {
  "${ours[@]}" pass "${1%.gz}" "$raw/$1" "$raw/prepared" >> "$folder/$2.ours.jsonl"
  rm -rf "$raw/prepared"
}

pass_theirs() {
  "$python" bench/data/theirs.py "${1%.gz}" "$raw/$1" "$raw/prepared" >> "$folder/$2.theirs.jsonl"
  rm -rf "$raw/prepared"
}
