#!/usr/bin/env bash
# Encodes the same texts with our tokenizers and with Hugging Face's JavaScript ones, one thread each, in turns; compares ids and speed.
# usage: bench/tokenizers/run.sh DATA [PAIRS] [FOLDER]   DATA holds the public data: tokenizers/, text/, ml-1m/, inspired/.
set -euo pipefail
cd "$(dirname "$0")/../.."
data=$(realpath "${1:?usage: bench/tokenizers/run.sh DATA [PAIRS] [FOLDER]}")
pairs=${2:-3}
folder=${3:-artifacts/bench/tokenizers}

dotnet build -c Release --nologo -v quiet bench/tokenizers/ThinkRec.Bench.Tokenizers.csproj
mkdir -p "$folder"
rm -f "$folder"/*.jsonl "$folder"/*.ids
cp bench/tokenizers/package.json bench/tokenizers/*.mjs "$folder"
npm install --prefix "$folder" --no-package-lock --no-audit --no-fund --loglevel error
node "$folder/prepare.mjs" "$data" "$folder"
ours=(dotnet artifacts/bin/ThinkRec.Bench.Tokenizers/release/ThinkRec.Bench.Tokenizers.dll)

for ((i = 0; i < pairs; i++)); do
  for name in gpt2 llama2 llama3 phi3-mini qwen2.5; do
    "${ours[@]}" pass "$data/tokenizers/$name" "$folder/texts.jsonl" "$folder/$name.ours.ids" >> "$folder/$name.ours.jsonl"
    node "$folder/theirs.mjs" "$folder/$name/tokenizer.json" "$folder/$name/tokenizer_config.json" "$folder/texts.jsonl" "$folder/$name.theirs.ids" \
      >> "$folder/$name.theirs.jsonl"
  done
done
"${ours[@]}" report "$folder"
