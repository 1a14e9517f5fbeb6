"""Records what a llama2.c checkpoint says: ids of a greedy continuation and the perplexity of a short text, for ThinkRec.Models.Tests.

Usage: python3 tools/parity/record_llama2c.py CHECKPOINT TOKENIZER tests/ThinkRec.Models.Tests/Fixtures/NAME

Written from the description of the format (seven integers, then weights kind by kind) and of the tokenizer (pieces with
scores; the best neighbours are joined first), with the rotation as llama2.c has it: neighbouring elements turn together.
Computed in double precision from the checkpoint's single-precision weights.
"""
import math
import struct
import sys

import torch
from torch.nn import functional as F

import recorder

PROMPT = "Once upon a time"
NEW_TOKENS = 60
TEXT = ("Once upon a time, there was a little boy named Tim. Tim had a small red kite. One sunny day, he went to the park with his mom. "
        "The wind was strong and the kite flew up high. Tim was very happy. Then the kite got stuck in a big tree. Tim was sad and started to cry. "
        "A kind man saw him and climbed the tree. He got the kite and gave it to Tim. Tim said, \"Thank you!\" They all smiled and went home.")
BOS = 1


def read_model(path):
    raw = open(path, "rb").read()
    dim, inner, layers, heads, kv_heads, vocab, positions = struct.unpack("<7i", raw[:28])
    shared, vocab = vocab > 0, abs(vocab)
    size, at, w = dim // heads, 28, {}

    def take(*shape):
        nonlocal at
        count = math.prod(shape)
        value = torch.frombuffer(bytearray(raw[at:at + 4 * count]), dtype=torch.float32).reshape(shape).double()
        at += 4 * count
        return value
    w["embedding"] = take(vocab, dim)
    for name, *shape in (("norm1", dim), ("q", heads * size, dim), ("k", kv_heads * size, dim), ("v", kv_heads * size, dim), ("o", dim, heads * size),
                         ("norm2", dim), ("gate", inner, dim), ("down", dim, inner), ("up", inner, dim)):
        w[name] = take(layers, *shape)
    w["norm"] = take(dim)
    take(positions, size)
    w["head"] = w["embedding"] if shared else take(vocab, dim)
    assert at == len(raw)
    return w, (layers, heads, kv_heads, size)


def read_pieces(path, count):
    raw, at, pieces = open(path, "rb").read(), 4, []
    for _ in range(count):
        score, length = struct.unpack("<fi", raw[at:at + 8])
        pieces.append((raw[at + 8:at + 8 + length], score))
        at += 8 + length
    assert at == len(raw)
    return pieces


def encode(text, pieces):
    known = {}
    for i, (piece, _) in enumerate(pieces):
        known.setdefault(piece, i)
    ids = [known[b" "]]
    for character in text:
        data = character.encode()
        ids += [known[data]] if data in known else [b + 3 for b in data]
    while True:
        best = None
        for i in range(len(ids) - 1):
            joined = known.get(pieces[ids[i]][0] + pieces[ids[i + 1]][0])
            if joined is not None and (best is None or pieces[joined][1] > best[0]):
                best = (pieces[joined][1], i, joined)
        if best is None:
            return ids
        ids[best[1]:best[1] + 2] = [best[2]]


def norm(x, weight):
    return weight * x * torch.rsqrt((x * x).mean(-1, keepdim=True) + 1e-5)


def rotate(x, size):
    """x: [T, heads, size]. Elements 2i and 2i + 1 turn together by position / 10000^(2i / size)."""
    angle = torch.arange(x.shape[0], dtype=torch.double)[:, None] * 10000.0 ** (-torch.arange(0, size, 2, dtype=torch.double) / size)
    cos, sin = torch.cos(angle)[:, None], torch.sin(angle)[:, None]
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], -1).flatten(-2)


def forward(ids, w, shape):
    layers, heads, kv_heads, size = shape
    x, length = w["embedding"][torch.tensor(ids)], len(ids)
    for i in range(layers):
        h = norm(x, w["norm1"][i])
        q, k = rotate((h @ w["q"][i].T).reshape(length, heads, size), size), rotate((h @ w["k"][i].T).reshape(length, kv_heads, size), size)
        v = (h @ w["v"][i].T).reshape(length, kv_heads, size)
        out = []
        for head in range(heads):
            group = head // (heads // kv_heads)
            scores = q[:, head] @ k[:, group].T / math.sqrt(size)
            out.append(torch.softmax(scores.masked_fill(torch.ones(length, length).triu(1).bool(), -math.inf), -1) @ v[:, group])
        x = x + torch.cat(out, -1) @ w["o"][i].T
        h = norm(x, w["norm2"][i])
        x = x + (F.silu(h @ w["gate"][i].T) * (h @ w["up"][i].T)) @ w["down"][i].T
    return norm(x, w["norm"]) @ w["head"].T


def main():
    torch.set_num_threads(1)
    w, shape = read_model(sys.argv[1])
    pieces = read_pieces(sys.argv[2], w["embedding"].shape[0])
    prompt = [BOS] + encode(PROMPT, pieces)
    ids = list(prompt)
    for _ in range(NEW_TOKENS):
        ids.append(int(forward(ids, w, shape)[-1].argmax()))
    print(b"".join(pieces[i][0] for i in ids[len(prompt):]).decode(errors="replace"))
    text = [BOS] + encode(TEXT, pieces)
    text = text[:128]
    logits = forward(text, w, shape)
    loss = F.cross_entropy(logits[:-1], torch.tensor(text[1:]))
    print("perplexity", math.exp(loss))
    recorder.save(sys.argv[3], {"prompt": torch.tensor(prompt), "greedy": torch.tensor(ids[len(prompt):]), "text": torch.tensor(text), "cross_entropy": loss,
                                "logits": logits[-1]}, [__file__, recorder.__file__], 0, {"prompt": PROMPT, "text": TEXT})


if __name__ == "__main__":
    main()
