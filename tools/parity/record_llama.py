"""Records a small Llama-family decoder: weights, logits, loss and every gradient, for ThinkRec.Models.Tests.

Usage: python3 tools/parity/record_llama.py tests/ThinkRec.Models.Tests/Fixtures

Written from the papers, without any library's model: RMSNorm before each block (arXiv 1910.07467), rotary positions
in the half-split layout (2104.09864), grouped-query attention (2305.13245), SwiGLU (2002.05202), as put together in
2302.13971 and 2307.09288. Weights lie under Hugging Face's keys. Rows are padded on the right; padding takes no part
in the loss. Computed in double precision from single-precision weights, then rounded once.
"""
import math
import os
import sys

import torch
from torch.nn import functional as F

import recorder

SEED = 20262
LAYERS, HIDDEN, INNER, HEADS, KV_HEADS, VOCAB = 3, 32, 48, 4, 2, 37
HEAD, THETA, EPS = HIDDEN // HEADS, 10000.0, 1e-5


def shapes(tied):
    result = {"model.embed_tokens.weight": (VOCAB, HIDDEN), "model.norm.weight": (HIDDEN,)}
    for i in range(LAYERS):
        at = f"model.layers.{i}."
        result.update({
            at + "input_layernorm.weight": (HIDDEN,), at + "post_attention_layernorm.weight": (HIDDEN,),
            at + "self_attn.q_proj.weight": (HEADS * HEAD, HIDDEN), at + "self_attn.k_proj.weight": (KV_HEADS * HEAD, HIDDEN),
            at + "self_attn.v_proj.weight": (KV_HEADS * HEAD, HIDDEN), at + "self_attn.o_proj.weight": (HIDDEN, HEADS * HEAD),
            at + "mlp.gate_proj.weight": (INNER, HIDDEN), at + "mlp.up_proj.weight": (INNER, HIDDEN), at + "mlp.down_proj.weight": (HIDDEN, INNER)})
    if not tied:
        result["lm_head.weight"] = (VOCAB, HIDDEN)
    return result


def norm(x, weight):
    return weight * (x * torch.rsqrt((x * x).mean(-1, keepdim=True) + EPS))


def rotate(x):
    """x: [B, T, heads, HEAD]. Element i and i + HEAD/2 turn together by position / THETA^(2i / HEAD)."""
    half = HEAD // 2
    frequency = THETA ** (-torch.arange(half, dtype=torch.double) * 2 / HEAD)
    angle = torch.arange(x.shape[1], dtype=torch.double)[:, None] * frequency[None]  # [T, half]
    cos, sin = torch.cos(angle)[None, :, None], torch.sin(angle)[None, :, None]
    first, second = x[..., :half], x[..., half:]
    return torch.cat([first * cos - second * sin, second * cos + first * sin], -1)


def attend(x, w, at):
    batch, length, _ = x.shape
    q = rotate((x @ w[at + "q_proj.weight"].T).reshape(batch, length, HEADS, HEAD))
    k = rotate((x @ w[at + "k_proj.weight"].T).reshape(batch, length, KV_HEADS, HEAD))
    v = (x @ w[at + "v_proj.weight"].T).reshape(batch, length, KV_HEADS, HEAD)
    out = []
    for head in range(HEADS):
        group = head * KV_HEADS // HEADS
        scores = q[:, :, head] @ k[:, :, group].transpose(1, 2) / math.sqrt(HEAD)
        scores = scores.masked_fill(torch.ones(length, length).triu(1).bool(), -math.inf)
        out.append(torch.softmax(scores, -1) @ v[:, :, group])
    return torch.cat(out, -1) @ w[at + "o_proj.weight"].T


def forward(ids, w):
    x = w["model.embed_tokens.weight"][ids]
    for i in range(LAYERS):
        at = f"model.layers.{i}."
        x = x + attend(norm(x, w[at + "input_layernorm.weight"]), w, at + "self_attn.")
        inner = norm(x, w[at + "post_attention_layernorm.weight"])
        x = x + (F.silu(inner @ w[at + "mlp.gate_proj.weight"].T) * (inner @ w[at + "mlp.up_proj.weight"].T)) @ w[at + "mlp.down_proj.weight"].T
    head = w.get("lm_head.weight", w["model.embed_tokens.weight"])
    return norm(x, w["model.norm.weight"]) @ head.T


def record(target, tied, seed):
    r = recorder.Recorder(seed)
    weights = {}
    for key, shape in shapes(tied).items():
        value = 1 + r.draw(*shape, scale=0.1) if len(shape) == 1 else r.draw(*shape, scale=1 / math.sqrt(shape[1]))
        weights[key] = value.to(torch.float32).double().requires_grad_()
    lengths = [9, 5, 7]
    ids = torch.randint(1, VOCAB, (3, 9), generator=r.random)
    for row, length in enumerate(lengths):
        ids[row, length:] = 0
    logits = forward(ids, weights)
    predicted = torch.cat([logits[row, :n - 1] for row, n in enumerate(lengths)])
    loss = F.cross_entropy(predicted, torch.cat([ids[row, 1:n] for row, n in enumerate(lengths)]))
    loss.backward()
    recorder.save(target + ".weights", weights, [__file__, recorder.__file__], seed)
    results = {"ids": ids, "lengths": torch.tensor(lengths), "logits": logits, "loss": loss}
    results.update({f"{key}.grad": value.grad for key, value in weights.items()})
    config = {"vocab_size": VOCAB, "hidden_size": HIDDEN, "intermediate_size": INNER, "num_hidden_layers": LAYERS,
              "num_attention_heads": HEADS, "num_key_value_heads": KV_HEADS, "rope_theta": THETA, "rms_norm_eps": EPS,
              "max_position_embeddings": 64, "tie_word_embeddings": tied, "model_type": "llama"}
    recorder.save(target, results, [__file__, recorder.__file__], seed, {"config": config})
    os.remove(target + ".weights.json")


def main():
    torch.set_num_threads(1)
    for tied in (False, True):
        record(os.path.join(sys.argv[1], "llama-tied" if tied else "llama"), tied, SEED + tied)


if __name__ == "__main__":
    main()
