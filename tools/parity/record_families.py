"""Records a tiny decoder of every family that ThinkRec reads: weights, logits, loss, gradients of some weights and of a LoRA adapter.

Usage: python3 tools/parity/record_families.py tests/ThinkRec.Models.Tests/Fixtures/Families

Written from the papers and the published configs, without any library's model: RMSNorm (arXiv 1910.07467), rotary
positions in the half-split layout (2104.09864), their scaling as in Llama 3.1 (2407.21783), YaRN (2309.00071) and
linearly (2306.15595), grouped queries (2305.13245), windows (2310.06825), biases on queries, keys and values
(2407.10671), norms on queries and keys (2505.09388), layers without rotation (2501.18795), SwiGLU (2002.05202), LoRA
(2106.09685). Each position looks its keys up one by one: nothing is masked. Weights lie under Hugging Face's keys.
Computed in double precision from single-precision weights, then rounded once.
"""
import json
import math
import os
import sys

import torch
from torch.nn import functional as F

import recorder

SEED = 20264
TEXT = 24
GRADIENTS = ("model.embed_tokens.weight", "model.layers.0.self_attn.q_proj.weight", "model.layers.1.self_attn.k_proj.weight", "model.layers.1.mlp.down_proj.weight",
             "model.layers.0.self_attn.q_proj.bias", "model.layers.1.self_attn.v_proj.bias", "model.layers.0.self_attn.o_proj.bias",
             "model.layers.0.self_attn.q_norm.weight", "model.layers.1.self_attn.k_norm.weight", "lm_head.weight")
BASE = {"hidden_act": "silu", "hidden_size": 24, "intermediate_size": 20, "max_position_embeddings": 64, "num_attention_heads": 4, "num_hidden_layers": 2,
        "num_key_value_heads": 2, "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": False, "vocab_size": 29}
LLAMA3 = {"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 64, "rope_type": "llama3"}

# Name, what its config adds, and what it leaves out.
CASES = [
    ("llama2", {"model_type": "llama", "num_key_value_heads": 4, "rope_scaling": None}, ()),
    ("llama3", {"model_type": "llama", "rope_theta": 500000.0}, ()),
    ("llama3.1", {"model_type": "llama", "head_dim": 16, "max_position_embeddings": 512, "rope_theta": 500000.0, "rope_scaling": LLAMA3}, ()),
    ("llama3.2", {"model_type": "llama", "head_dim": 8, "tie_word_embeddings": True, "rope_parameters": {**LLAMA3, "factor": 32.0, "rope_theta": 500000.0}, "dtype": "bfloat16"}, ("rope_theta",)),
    ("llama-linear", {"model_type": "llama", "rope_scaling": {"type": "linear", "factor": 4.0}}, ()),
    ("llama-yarn", {"model_type": "llama", "head_dim": 16, "max_position_embeddings": 256, "rope_theta": 100.0, "rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64}}, ()),
    ("llama-bias", {"model_type": "llama", "attention_bias": True}, ()),
    ("mistral", {"model_type": "mistral", "sliding_window": 7}, ()),
    ("mistral-v0.3", {"model_type": "mistral", "sliding_window": None, "head_dim": 10, "rope_theta": 1000000.0}, ()),
    ("qwen2", {"model_type": "qwen2", "tie_word_embeddings": True, "use_sliding_window": False, "sliding_window": 5, "max_window_layers": 0, "rope_theta": 1000000.0}, ()),
    ("qwen2-window", {"model_type": "qwen2", "use_sliding_window": True, "sliding_window": 5, "max_window_layers": 1}, ()),
    ("qwen3", {"model_type": "qwen3", "head_dim": 8, "attention_bias": False, "tie_word_embeddings": True, "rope_theta": 1000000.0, "sliding_window": None}, ()),
    ("smollm2", {"model_type": "llama", "tie_word_embeddings": True, "rope_theta": 100000.0, "num_attention_heads": 3, "num_key_value_heads": 1}, ()),
    ("smollm3", {"model_type": "smollm3", "no_rope_layers": [1, 0], "rope_theta": 5000000.0}, ("tie_word_embeddings",)),
]


def shape_of(config):
    heads = config["num_attention_heads"]
    return heads, config["num_key_value_heads"], config.get("head_dim") or config["hidden_size"] // heads


def is_tied(config):
    return config.get("tie_word_embeddings", config["model_type"] == "smollm3")


def rope_of(config):
    """The base and the scaling, wherever the config keeps them."""
    if "rope_parameters" in config:
        return config["rope_parameters"]["rope_theta"], config["rope_parameters"]
    return config["rope_theta"], config.get("rope_scaling")


def shapes(config):
    hidden, inner, vocab, family = config["hidden_size"], config["intermediate_size"], config["vocab_size"], config["model_type"]
    heads, kv_heads, size = shape_of(config)
    result = {"model.embed_tokens.weight": (vocab, hidden), "model.norm.weight": (hidden,)}
    for i in range(config["num_hidden_layers"]):
        at = f"model.layers.{i}."
        result.update({
            at + "input_layernorm.weight": (hidden,), at + "post_attention_layernorm.weight": (hidden,),
            at + "self_attn.q_proj.weight": (heads * size, hidden), at + "self_attn.k_proj.weight": (kv_heads * size, hidden),
            at + "self_attn.v_proj.weight": (kv_heads * size, hidden), at + "self_attn.o_proj.weight": (hidden, heads * size),
            at + "mlp.gate_proj.weight": (inner, hidden), at + "mlp.up_proj.weight": (inner, hidden), at + "mlp.down_proj.weight": (hidden, inner)})
        if family == "qwen2" or config.get("attention_bias"):
            result.update({at + f"self_attn.{name}_proj.bias": (count * size,) for name, count in (("q", heads), ("k", kv_heads), ("v", kv_heads))})
        if config.get("attention_bias"):
            result[at + "self_attn.o_proj.bias"] = (hidden,)
        if family == "qwen3":
            result.update({at + "self_attn.q_norm.weight": (size,), at + "self_attn.k_norm.weight": (size,)})
    if not is_tied(config):
        result["lm_head.weight"] = (vocab, hidden)
    return result


def norm(x, weight, config):
    return weight * (x * torch.rsqrt((x * x).mean(-1, keepdim=True) + config["rms_norm_eps"]))


def frequencies(config):
    """Radians per position of each pair, and what the rotated pair is multiplied by."""
    base, scaling = rope_of(config)
    size = shape_of(config)[2]
    plain = [base ** (-2 * i / size) for i in range(size // 2)]
    kind = (scaling or {}).get("rope_type", (scaling or {}).get("type"))
    if kind is None:
        return plain, 1.0
    factor, known = scaling["factor"], scaling.get("original_max_position_embeddings")
    if kind == "linear":
        return [f / factor for f in plain], 1.0
    if kind == "llama3":
        result = []
        for f in plain:
            wave = 2 * math.pi / f
            if wave < known / scaling["high_freq_factor"]:
                result.append(f)
            elif wave > known / scaling["low_freq_factor"]:
                result.append(f / factor)
            else:
                smooth = (known / wave - scaling["low_freq_factor"]) / (scaling["high_freq_factor"] - scaling["low_freq_factor"])
                result.append((1 - smooth) * f / factor + smooth * f)
        return result, 1.0
    assert kind == "yarn"

    def pair_of(turns):
        return size * math.log(known / (turns * 2 * math.pi)) / (2 * math.log(base))
    low, high = max(math.floor(pair_of(32)), 0), min(math.ceil(pair_of(1)), size - 1)
    result = []
    for i, f in enumerate(plain):
        ramp = min(max((i - low) / (high - low if high != low else 0.001), 0), 1)
        result.append(f / factor * ramp + f * (1 - ramp))
    return result, 0.1 * math.log(factor) + 1.0


def rotate(vector, position, config):
    """One head's vector: element i and i + size/2 turn together."""
    radians, amplitude = frequencies(config)
    half = len(radians)
    angle = torch.tensor(radians, dtype=torch.double) * position
    cos, sin = torch.cos(angle) * amplitude, torch.sin(angle) * amplitude
    first, second = vector[..., :half], vector[..., half:]
    return torch.cat([first * cos - second * sin, second * cos + first * sin], -1)


def rotates(config, layer):
    if config["model_type"] != "smollm3":
        return True
    return bool(config["no_rope_layers"][layer]) if config.get("no_rope_layers") else (layer + 1) % 4 != 0


def window_of(config, layer):
    if config["model_type"] == "mistral":
        return config["sliding_window"]
    if config["model_type"] == "qwen2" and config["use_sliding_window"] and layer >= config["max_window_layers"]:
        return config["sliding_window"]
    return None


def project(x, w, key, lora=None):
    y = x @ w[key + ".weight"].T
    if key + ".bias" in w:
        y = y + w[key + ".bias"]
    if lora and key + ".lora_A.weight" in lora:
        y = y + 2.0 * (x @ lora[key + ".lora_A.weight"].T) @ lora[key + ".lora_B.weight"].T  # alpha / rank is 4 / 2
    return y


def attend(x, w, layer, config, lora):
    """x: [T, hidden]."""
    at = f"model.layers.{layer}.self_attn."
    heads, kv_heads, size = shape_of(config)
    length, window = x.shape[0], window_of(config, layer)
    q = project(x, w, at + "q_proj", lora).reshape(length, heads, size)
    k = project(x, w, at + "k_proj", lora).reshape(length, kv_heads, size)
    v = project(x, w, at + "v_proj", lora).reshape(length, kv_heads, size)
    if at + "q_norm.weight" in w:
        q, k = norm(q, w[at + "q_norm.weight"], config), norm(k, w[at + "k_norm.weight"], config)
    if rotates(config, layer):
        q = torch.stack([rotate(q[t], t, config) for t in range(length)])
        k = torch.stack([rotate(k[t], t, config) for t in range(length)])
    rows = []
    for t in range(length):
        first = 0 if window is None else max(0, t - window + 1)
        out = []
        for head in range(heads):
            group = head * kv_heads // heads
            weights = torch.softmax(k[first:t + 1, group] @ q[t, head] / math.sqrt(size), 0)
            out.append(weights @ v[first:t + 1, group])
        rows.append(torch.cat(out))
    return project(torch.stack(rows), w, at + "o_proj", lora)


def forward(ids, w, config, lora=None):
    x = w["model.embed_tokens.weight"][ids]
    for i in range(config["num_hidden_layers"]):
        at = f"model.layers.{i}."
        x = x + attend(norm(x, w[at + "input_layernorm.weight"], config), w, i, config, lora)
        inner = norm(x, w[at + "post_attention_layernorm.weight"], config)
        x = x + project(F.silu(project(inner, w, at + "mlp.gate_proj")) * project(inner, w, at + "mlp.up_proj"), w, at + "mlp.down_proj")
    head = w["model.embed_tokens.weight"] if is_tied(config) else w["lm_head.weight"]
    return norm(x, w["model.norm.weight"], config) @ head.T


def record(folder, name, config, seed):
    r = recorder.Recorder(seed)
    weights = {}
    for key, shape in sorted(shapes(config).items()):
        value = 1 + r.draw(*shape, scale=0.2) if key.endswith("norm.weight") else r.draw(*shape, scale=0.3) if len(shape) == 1 else r.draw(*shape, scale=1.5 / math.sqrt(shape[1]))
        weights[key] = value.requires_grad_()
    lora = {}
    for at in ("model.layers.0.self_attn.q_proj", "model.layers.1.self_attn.v_proj", "model.layers.1.self_attn.o_proj"):
        out_size, in_size = weights[at + ".weight"].shape
        lora[at + ".lora_A.weight"] = r.draw(2, in_size, scale=0.3).requires_grad_()
        lora[at + ".lora_B.weight"] = r.draw(out_size, 2, scale=0.3).requires_grad_()
    ids = torch.randint(0, config["vocab_size"], (TEXT,), generator=r.random)
    results = {"ids": ids, "logits": forward(ids, weights, config)}
    logits = forward(ids, weights, config, lora)
    loss = F.cross_entropy(logits[:-1], ids[1:])
    loss.backward()
    results.update({"adapted.logits": logits, "adapted.loss": loss})
    results.update({f"weights.{key}": value for key, value in weights.items()})
    results.update({f"lora.{key}": value for key, value in lora.items()})
    results.update({f"grad.{key}": value.grad for key, value in list(lora.items()) + [(key, weights[key]) for key in GRADIENTS if key in weights]})
    recorder.save(os.path.join(folder, name), results, [__file__, recorder.__file__], seed, {"config": config})


def main():
    torch.set_num_threads(1)
    os.makedirs(sys.argv[1], exist_ok=True)
    for number, (name, more, without) in enumerate(CASES):
        config = {key: value for key, value in {**BASE, **more}.items() if key not in without}
        record(sys.argv[1], name, json.loads(json.dumps(config)), SEED + number)


if __name__ == "__main__":
    main()
