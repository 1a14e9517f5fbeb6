// Writes the texts, and a tokenizer.json for the packs that have none. usage: prepare.mjs DATA FOLDER
// The files are made here from the authors' own, not by our readers, so that both sides stay independent.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

const [data, folder] = process.argv.slice(2);
const lines = (file) => gunzipSync(readFileSync(`${data}/${file}`)).toString("utf8").trimEnd().split("\n");
const json = (file) => JSON.parse(readFileSync(`${data}/tokenizers/${file}`, "utf8"));

const texts = [
  ...lines("text/wikipedia_movies.jsonl.gz").slice(-12000).map((line) => JSON.parse(line).extract),
  ...lines("ml-1m/movie_text.jsonl.gz").map((line) => JSON.parse(line)).map((movie) => `${movie.title}\n${movie.plot ?? ""}`),
  ...lines("inspired/dialogs_dev_test.jsonl.gz").map((line) => JSON.parse(line).text),
  ...lines("text/tmdb_toprated_10k.csv.gz").slice(1), // titles in many scripts
].filter((text) => typeof text === "string" && text.length > 0);
writeFileSync(`${folder}/texts.jsonl`, texts.map((text) => JSON.stringify(text) + "\n").join(""));

// GPT-2's characters for bytes.
const visible = (b) => (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || (b >= 174 && b <= 255);
const characters = [];
for (let b = 0, next = 256; b < 256; b++) characters.push(String.fromCodePoint(visible(b) ? b : next++));

const byteLevel = { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false };
const tokenizer = (vocab, merges, pattern, normalizer, ignoreMerges, added) => ({
  version: "1.0", truncation: null, padding: null, added_tokens: added, normalizer,
  pre_tokenizer: { type: "Sequence", pretokenizers: [{ type: "Split", pattern: { Regex: pattern }, behavior: "Isolated", invert: false }, byteLevel] },
  post_processor: null, decoder: byteLevel,
  model: { type: "BPE", dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null, fuse_unk: false, byte_fallback: false, ignore_merges: ignoreMerges, vocab, merges },
});
const pattern = (numbers) => `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${numbers}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;

function llama3() {
  const vocab = {};
  for (const line of readFileSync(`${data}/tokenizers/llama3/tokenizer.model`, "utf8").trimEnd().split("\n")) {
    const [token, rank] = line.split(" ");
    vocab[[...Buffer.from(token, "base64")].map((b) => characters[b]).join("")] = Number(rank);
  }
  const merges = [];
  for (const [token, rank] of Object.entries(vocab)) {
    for (let at = 1; at < token.length; at++) {
      const [left, right] = [token.slice(0, at), token.slice(at)];
      if (left in vocab && right in vocab) merges.push([rank, vocab[left], vocab[right], left, right]);
    }
  }
  merges.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
  return tokenizer(vocab, merges.map((m) => [m[3], m[4]]), pattern("\\p{N}{1,3}"), null, true, []);
}

function qwen() {
  const merges = readFileSync(`${data}/tokenizers/qwen2.5/merges.txt`, "utf8").trimEnd().split("\n").slice(1).map((line) => line.split(" "));
  const added = Object.entries(json("qwen2.5/tokenizer_config.json").added_tokens_decoder).map(([id, token]) => ({ id: Number(id), ...token }));
  return tokenizer(json("qwen2.5/vocab.json"), merges, pattern("\\p{N}"), { type: "NFC" }, false, added);
}

for (const name of ["gpt2", "llama2", "llama3", "phi3-mini", "qwen2.5"]) {
  const made = { llama3, "qwen2.5": qwen }[name];
  mkdirSync(`${folder}/${name}`, { recursive: true });
  writeFileSync(`${folder}/${name}/tokenizer.json`, JSON.stringify(made ? made() : json(`${name}/tokenizer.json`)));
  const config = `${name}/tokenizer_config.json`;
  writeFileSync(`${folder}/${name}/tokenizer_config.json`, JSON.stringify(existsSync(`${data}/tokenizers/${config}`) ? json(config) : {}));
}
