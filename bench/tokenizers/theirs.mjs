// One pass of Hugging Face's JavaScript tokenizer. usage: theirs.mjs TOKENIZER.JSON CONFIG.JSON TEXTS IDS
import { readFileSync, writeFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { Tokenizer } from "@huggingface/tokenizers";

const warmUpTexts = 2000; // as on our side
const [tokenizerFile, configFile, textsFile, idsFile] = process.argv.slice(2);
const load = () => new Tokenizer(JSON.parse(readFileSync(tokenizerFile, "utf8")), JSON.parse(readFileSync(configFile, "utf8")));
const encode = (tokenizer, text) => tokenizer.encode(text, { add_special_tokens: false }).ids;

const texts = readFileSync(textsFile, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line));
const warm = load();
texts.slice(0, warmUpTexts).forEach((text) => encode(warm, text));

let start = performance.now();
const tokenizer = load();
const loading = (performance.now() - start) / 1000;
start = performance.now();
const used = process.cpuUsage();
const all = texts.map((text) => encode(tokenizer, text));
const seconds = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage(used);
writeFileSync(idsFile, all.map((ids) => ids.join(" ") + "\n").join(""));
const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
console.log(JSON.stringify({ texts: texts.length, bytes, seconds, processor: (user + system) / 1e6, loading }));
