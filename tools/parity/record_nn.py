"""Records what PyTorch computes for the layers, losses and optimizers of ThinkRec.Nn.

Usage: python3 tools/parity/record_nn.py tests/ThinkRec.Nn.Tests/Fixtures/nn

Writes <target>.safetensors and <target>.json, the manifest. Keys: "<case>.x" are inputs, "<case>.y" the output,
"<case>.g" the gradient that comes in from above (the scalar is sum(y * g)), "<key>.grad" the gradient of <key>.
Everything is computed in double precision from single-precision inputs, then rounded once.
"""
import hashlib
import json
import math
import os
import platform
import struct
import sys

import torch
from torch import nn
from torch.nn import functional as F

SEED = 20261
TYPES = {torch.float32: "F32", torch.int64: "I64"}


def rounded(tensor):
    tensor = tensor.detach()
    return tensor.to(torch.float32) if tensor.is_floating_point() else tensor


def save(target, tensors, scripts, seed, extra=None):
    """Writes a safetensors file by hand, sorted by key, and its manifest."""
    header, data = {}, b""
    for key in sorted(tensors):
        value = rounded(tensors[key]).contiguous()
        raw = value.numpy().tobytes()
        header[key] = {"dtype": TYPES[value.dtype], "shape": list(value.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(target + ".safetensors", "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text + data)
    hashes = {os.path.basename(s): hashlib.sha256(open(s, "rb").read()).hexdigest() for s in scripts}
    manifest = {"python": platform.python_version(), "torch": torch.__version__, "seed": seed, "script_sha256": hashes, **(extra or {})}
    with open(target + ".json", "w", encoding="utf-8") as out:
        out.write(json.dumps(manifest, indent=2) + "\n")


class Recorder:
    def __init__(self, seed):
        self.tensors = {}
        self.random = torch.Generator().manual_seed(seed)

    def draw(self, *shape, scale=1.0):
        """Numbers that single precision holds exactly, as doubles."""
        return (torch.randn(shape, generator=self.random) * scale).to(torch.float32).double()

    def leaf(self, key, value):
        self.tensors[key] = value
        return value.clone().requires_grad_(value.is_floating_point())

    def module(self, case, module):
        """Fills a torch module with drawn weights and records them."""
        for key, parameter in module.double().named_parameters():
            parameter.data.copy_(self.draw(*parameter.shape, scale=0.5))
            self.tensors[f"{case}.{key}"] = parameter.data.clone()
        return module

    def output(self, case, y, leaves):
        g = self.draw(*y.shape)
        self.tensors[f"{case}.y"] = y
        self.tensors[f"{case}.g"] = g
        names = [key for key, leaf in leaves.items() if leaf.requires_grad]
        for key, grad in zip(names, torch.autograd.grad((y * g).sum(), [leaves[n] for n in names])):
            self.tensors[f"{case}.{key}.grad"] = grad


class RmsNorm(nn.Module):
    def __init__(self, size, eps):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps

    def forward(self, x):
        return self.weight * x / torch.sqrt((x ** 2).mean(-1, keepdim=True) + self.eps)


def attention(q, k, v, mask):
    scores = torch.einsum("bntd,bnsd->bnts", q, k) / math.sqrt(q.shape[-1])
    return torch.einsum("bnts,bnsd->bntd", torch.softmax(scores + mask, -1), v)


def layers(r):
    for case, module, shape in [("linear", nn.Linear(5, 7), (2, 3, 5)), ("linear_plain", nn.Linear(5, 7, bias=False), (4, 5)),
                                ("rms_norm", RmsNorm(6, 1e-5), (2, 3, 6)), ("layer_norm", nn.LayerNorm(6, eps=1e-5), (2, 3, 6))]:
        r.module(case, module)
        x = r.leaf(f"{case}.x", r.draw(*shape))
        r.output(case, module(x), {"x": x, **dict(module.named_parameters())})
    table = r.module("embedding", nn.Embedding(6, 4, padding_idx=0))
    table.weight.data[0] = 0
    r.tensors["embedding.weight"] = table.weight.data.clone()
    ids = r.leaf("embedding.x", torch.tensor([[0, 3, 5], [3, 1, 0]]))
    r.output("embedding", table(ids), {"weight": table.weight})

    causal = torch.triu(torch.full((4, 4), -math.inf, dtype=torch.double), 1)
    padded = causal.repeat(2, 1, 1, 1)
    padded[1, 0, 1:, 0] = -math.inf  # the second row's first position is padding
    q, k, v = (r.leaf(f"sdpa.{n}", r.draw(2, 3, 4, 5)) for n in "qkv")
    r.tensors["sdpa.mask"] = padded
    r.output("sdpa", attention(q, k, v, padded), {"q": q, "k": k, "v": v})
    for case, mask in [("mha", causal), ("mha_rows", padded)]:
        mha = r.module(case, nn.MultiheadAttention(8, 2, batch_first=True))
        q, k, v = (r.leaf(f"{case}.{n}", r.draw(2, 4, 8)) for n in "qkv")
        r.tensors[f"{case}.mask"] = mask
        theirs = mask if mask.dim() == 2 else mask.repeat(1, 2, 1, 1).reshape(4, 4, 4)
        y = mha(q, k, v, attn_mask=theirs, need_weights=False)[0]
        r.output(case, y, {"q": q, "k": k, "v": v, **dict(mha.named_parameters())})


def losses(r):
    labels = (r.draw(9) > 0).double()
    weights = r.draw(9).abs() + 0.1
    r.tensors.update({"bce.labels": labels, "bce.weights": weights})
    for case, weight in [("bce", None), ("bce_weighted", weights)]:
        x = r.leaf(f"{case}.x", r.draw(9, scale=4))
        each = F.binary_cross_entropy_with_logits(x, labels, reduction="none")
        y = each.mean() if weight is None else (each * weight).sum() / weight.sum()
        r.output(case, y, {"x": x})
    targets = torch.randint(0, 11, (7,), generator=r.random)
    r.tensors["cross_entropy.targets"] = targets
    x = r.leaf("cross_entropy.x", r.draw(7, 11, scale=3))
    r.output("cross_entropy", F.cross_entropy(x, targets), {"x": x})
    r.output("cross_entropy_each", F.cross_entropy(x, targets, reduction="none"), {"x": x})


def lora(r):
    """K adapters on one projection; the rules of peft's add_weighted_adapter("linear") 0.5 and 0.9."""
    adapters, scaling = 3, 8 / 4
    base = r.tensors["lora.weight"] = r.draw(6, 5)
    a = [r.leaf(f"lora.a{k}.lora_A.weight", r.draw(4, 5)) for k in range(adapters)]
    b = [r.leaf(f"lora.a{k}.lora_B.weight", r.draw(6, 4)) for k in range(adapters)]
    weights = torch.softmax(r.draw(4, adapters), -1).to(torch.float32).double()
    r.tensors["lora.weights"] = weights
    x = r.leaf("lora.x", r.draw(4, 2, 5))
    w = weights.tolist()

    def rows(delta):
        return torch.stack([x[row] @ (base + delta(row)).T for row in range(4)])

    def peft05(row):
        return sum(b) @ sum(w[row][k] * scaling * a[k] for k in range(adapters))

    def peft09(row):
        root = [math.sqrt(w[row][k] * scaling) for k in range(adapters)]
        return sum(root[k] * b[k] for k in range(adapters)) @ sum(root[k] * a[k] for k in range(adapters))

    leaves = {"x": x, **{f"a{k}.lora_A.weight": a[k] for k in range(adapters)}, **{f"a{k}.lora_B.weight": b[k] for k in range(adapters)}}
    r.output("lora_single", rows(lambda row: scaling * b[0] @ a[0]), {n: leaves[n] for n in ("x", "a0.lora_A.weight", "a0.lora_B.weight")})
    r.output("lora_weighted", rows(lambda row: sum(w[row][k] * scaling * b[k] @ a[k] for k in range(adapters))), leaves)
    r.output("lora_peft05", rows(peft05), leaves)
    r.output("lora_peft09", rows(peft09), leaves)


def clipping(r):
    grads = [r.draw(3, 4), r.draw(5), r.draw(2, 2, 2)]
    parameters = [nn.Parameter(torch.zeros_like(g)) for g in grads]
    norms = []
    for limit in (0.5, 100.0):
        for i, (parameter, grad) in enumerate(zip(parameters, grads)):
            parameter.grad = grad.clone()
            r.tensors[f"clip.{i}"] = grad
        norms.append(torch.nn.utils.clip_grad_norm_(parameters, limit))
        for i, parameter in enumerate(parameters):
            r.tensors[f"clip.{limit:g}.{i}"] = parameter.grad.clone()
    r.tensors["clip.norm"] = torch.stack(norms)


def schedule():
    """method.md §5.6: linear to the rate, then a cosine that counts the warm-up's steps too."""
    cases = []
    for rate, lowest, warm, warm_steps, total in [(1e-4, 8e-5, 1e-5, 200, 40000), (1e-5, 8e-5, 1e-6, 200, 24000), (1e-3, 0.0, 0.0, 7, 50), (0.5, 0.1, 0.2, 0, 10)]:
        rates = {}
        for step in sorted({0, 1, 3, 6, 7, 8, warm_steps - 1, warm_steps, warm_steps + 1, total // 3, total // 2, total - 1, total}):
            if 0 <= step <= total:
                if step < warm_steps:
                    value = min(rate, warm + (rate - warm) * step / warm_steps)
                else:
                    value = (rate - lowest) * 0.5 * (1.0 + math.cos(math.pi * step / total)) + lowest
                rates[str(step)] = value
        cases.append({"learningRate": rate, "min": lowest, "warmup": warm, "warmupSteps": warm_steps, "totalSteps": total, "rates": rates})
    return cases


def optimizers(r):
    x, target = r.draw(16, 6), r.draw(16, 1)
    start = {"inner.weight": r.draw(8, 6, scale=0.5), "inner.bias": r.draw(8, scale=0.5),
             "outer.weight": r.draw(1, 8, scale=0.5), "outer.bias": r.draw(1, scale=0.5)}
    r.tensors.update({"mlp.x": x, "mlp.target": target, **{f"mlp.{k}": v for k, v in start.items()}})
    rate = 0.05
    for case, kind, decay, matrices_only in [("adam", torch.optim.Adam, 0.1, False), ("adamw", torch.optim.AdamW, 0.1, False),
                                             ("adamw_matrices", torch.optim.AdamW, 0.3, True)]:
        weights = {k: v.clone().requires_grad_() for k, v in start.items()}
        decayed = [v for v in weights.values() if v.dim() >= 2 or not matrices_only]
        others = [v for v in weights.values() if v.dim() < 2 and matrices_only]
        groups = [{"params": decayed, "weight_decay": decay}] + ([{"params": others, "weight_decay": 0.0}] if others else [])
        optimizer = kind(groups, lr=rate, betas=(0.9, 0.999), eps=1e-8)
        values = []
        for step in range(10):
            optimizer.zero_grad()
            hidden = torch.tanh(F.linear(x, weights["inner.weight"], weights["inner.bias"]))
            loss = ((F.linear(hidden, weights["outer.weight"], weights["outer.bias"]) - target) ** 2).mean()
            loss.backward()
            optimizer.step()
            values.append(loss.detach())
            for key, value in weights.items():
                r.tensors[f"{case}.{step}.{key}"] = value.detach().clone()
        r.tensors[f"{case}.losses"] = torch.stack(values)


def main():
    torch.set_num_threads(1)
    r = Recorder(SEED)
    for part in (layers, losses, lora, clipping, optimizers):
        part(r)
    save(sys.argv[1], r.tensors, [__file__], SEED, {"schedule": schedule()})


if __name__ == "__main__":
    main()
