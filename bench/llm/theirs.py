"""One pass of the cases of Pass.cs with a plain PyTorch Llama; prints one JSON line. Usage: theirs.py FOLDER"""
import ctypes
import json
import math
import os
import sys
import time

import torch
from torch.nn import functional as F

from model_folder import load

PROMPT, NEW, REPEATS = 350, 32, 3


class Model:
    def __init__(self, config, weights):
        self.c, self.w = config, weights
        self.heads, self.groups = config["num_attention_heads"], config["num_key_value_heads"]
        self.head = config["hidden_size"] // self.heads
        half = torch.arange(0, self.head, 2).float() / self.head
        angles = torch.outer(torch.arange(config["max_position_embeddings"]).float(), 1.0 / config["rope_theta"] ** half)
        angles = torch.cat([angles, angles], -1)
        self.cos, self.sin = angles.cos(), angles.sin()
        self.lm_head = weights.get("lm_head.weight", weights["model.embed_tokens.weight"])

    def norm(self, x, key):
        return self.w[key] * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.c["rms_norm_eps"]))

    def rotate(self, x, cos, sin):
        first, second = x.chunk(2, -1)
        return x * cos + torch.cat([-second, first], -1) * sin

    def forward(self, ids, past):
        """ids [B, T]; past: a list of (keys, values) per layer, which is filled; gives hidden states [B, T, H]."""
        x = F.embedding(ids, self.w["model.embed_tokens.weight"])
        batch, length, _ = x.shape
        start = past[0][0].shape[2] if past[0] else 0
        cos, sin = self.cos[start:start + length], self.sin[start:start + length]
        mask = torch.full((length, start + length), -math.inf).triu(start + 1) if length > 1 else None
        for i in range(self.c["num_hidden_layers"]):
            at = f"model.layers.{i}."
            y = self.norm(x, at + "input_layernorm.weight")
            q, k, v = (F.linear(y, self.w[f"{at}self_attn.{n}_proj.weight"]).view(batch, length, -1, self.head).transpose(1, 2) for n in "qkv")
            q, k = self.rotate(q, cos, sin), self.rotate(k, cos, sin)
            if past[i]:
                k, v = torch.cat([past[i][0], k], 2), torch.cat([past[i][1], v], 2)
            past[i] = (k, v)
            k, v = (t.repeat_interleave(self.heads // self.groups, 1) for t in (k, v))
            scores = q @ k.transpose(2, 3) / math.sqrt(self.head)
            if mask is not None:
                scores = scores + mask
            y = (torch.softmax(scores, -1) @ v).transpose(1, 2).reshape(batch, length, -1)
            x = x + F.linear(y, self.w[at + "self_attn.o_proj.weight"])
            y = self.norm(x, at + "post_attention_layernorm.weight")
            y = F.silu(F.linear(y, self.w[at + "mlp.gate_proj.weight"])) * F.linear(y, self.w[at + "mlp.up_proj.weight"])
            x = x + F.linear(y, self.w[at + "mlp.down_proj.weight"])
        return self.norm(x, "model.norm.weight")

    def fresh(self):
        return [None] * self.c["num_hidden_layers"]


def ids(model, batch):
    return ((torch.arange(batch * PROMPT) * 7919 + 13) % model.c["vocab_size"]).view(batch, PROMPT)


def prefill(model, batch):
    return F.linear(model.forward(ids(model, batch), model.fresh())[:, -1], model.lm_head)


def decode(model, tokens):
    past, given = model.fresh(), ids(model, 1)
    tokens.clear()
    for i in range(NEW + 1):
        logits = F.linear(model.forward(given, past)[:, -1], model.lm_head)
        given = logits.argmax(-1, keepdim=True)
        tokens.append(given.item())
        if i == 0:
            begin = time.perf_counter()
    return NEW / (time.perf_counter() - begin)


def best(measure):
    measure()
    return max(measure() for _ in range(REPEATS))


def rate(work, act):
    def measure():
        begin = time.perf_counter()
        act()
        return work / (time.perf_counter() - begin)
    return best(measure)


def blas_core():
    try:
        name = ctypes.CDLL("libblas.so.3").openblas_get_corename
        name.restype = ctypes.c_char_p
        return name().decode()
    except (OSError, AttributeError):
        return ""


def main():
    if "THINKREC_THREADS" in os.environ:
        torch.set_num_threads(int(os.environ["THINKREC_THREADS"]))
    numbers, tokens = {}, []
    with torch.no_grad():
        model = Model(*load(sys.argv[1]))
        for batch in (1, 8):
            numbers[f"prefill/{batch} x {PROMPT}"] = rate(batch * PROMPT, lambda b=batch: prefill(model, b))
        numbers[f"decode/1 after {PROMPT}"] = best(lambda: decode(model, tokens))
        numbers["gemm/2048"] = rate(2 * 2048 ** 3 / 1e9, lambda: torch.full((2048, 2048), 0.5) @ torch.full((2048, 2048), 0.5))
        logits = prefill(model, 1)[0, :16].tolist()
    json.dump({"core": blas_core(), "threads": torch.get_num_threads(), "weights": 0, "numbers": numbers, "tokens": tokens, "logits": logits}, sys.stdout)
    print()


main()
