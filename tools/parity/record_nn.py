"""Records what PyTorch computes for the layers, losses, adapters and optimizers of ThinkRec.Nn.Tests.

Usage: python3 tools/parity/record_nn.py tests/ThinkRec.Nn.Tests/Fixtures

Every case holds its inputs ("case/in.x"), weights ("case.<key of the layer>"), the result ("case/out"), the factor that turns the
result into one number ("case/cotangent"), and gradients of that number ("case/grad.<name>"). The same versions give the same bytes.
"""
import hashlib
import json
import math
import struct
import sys
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as fn

SEED = 4711
DTYPES = {torch.float32: "F32", torch.float64: "F64", torch.int64: "I64"}


def write_safetensors(path, tensors, metadata):
    header, blob = {"__metadata__": metadata}, b""
    for key in sorted(tensors):
        value = tensors[key].detach().contiguous()
        data = value.numpy().tobytes()
        header[key] = {"dtype": DTYPES[value.dtype], "shape": list(value.shape), "data_offsets": [len(blob), len(blob) + len(data)]}
        blob += data
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    Path(path).write_bytes(struct.pack("<Q", len(text)) + text + blob)


class Case:
    """Collects the tensors of one case; leaves listed in `leaves` get their gradients recorded."""

    def __init__(self, store, name):
        self.store, self.name, self.leaves = store, name, {}

    def input(self, key, value, grad=True):
        value = value.clone().requires_grad_(grad and value.is_floating_point())
        self.store[f"{self.name}/in.{key}"] = value
        if value.requires_grad:
            self.leaves[key] = value
        return value

    def weights(self, module):
        for key, value in module.named_parameters():
            self.store[f"{self.name}.{key}"] = value.detach().clone()
            self.leaves[key] = value
        return module

    def result(self, out):
        cotangent = torch.randn(out.shape)
        self.store[f"{self.name}/out"] = out
        self.store[f"{self.name}/cotangent"] = cotangent
        for (key, _), grad in zip(self.leaves.items(), torch.autograd.grad((out * cotangent).sum(), list(self.leaves.values()))):
            self.store[f"{self.name}/grad.{key}"] = grad


class RmsNorm(nn.Module):
    def __init__(self, size, eps):
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.randn(size)), eps

    def forward(self, x):
        return x / torch.sqrt((x ** 2).mean(-1, keepdim=True) + self.eps) * self.weight


def layers():
    store = {}
    for name, bias in (("linear", True), ("linear_plain", False)):
        case = Case(store, name)
        x = case.input("x", torch.randn(2, 3, 5))
        case.result(case.weights(nn.Linear(5, 4, bias=bias))(x))
    case = Case(store, "embedding")
    indices = case.input("indices", torch.tensor([[0, 3, 3], [6, 0, 1]]))
    case.result(case.weights(nn.Embedding(7, 4, padding_idx=0))(indices))
    case = Case(store, "rms_norm")
    x = case.input("x", torch.randn(2, 3, 6))
    case.result(case.weights(RmsNorm(6, 1e-5))(x))
    case = Case(store, "layer_norm")
    x = case.input("x", 3 * torch.randn(2, 3, 6) + 1)
    norm = nn.LayerNorm(6, eps=1e-6)
    nn.init.normal_(norm.weight), nn.init.normal_(norm.bias)
    case.result(case.weights(norm)(x))
    for name, keys in (("attention_self", 4), ("attention_cross", 5)):
        case = Case(store, name)
        attention = nn.MultiheadAttention(8, 2, batch_first=True)
        nn.init.normal_(attention.in_proj_bias), nn.init.normal_(attention.out_proj.bias)
        query = case.input("query", torch.randn(3, 4, 8))
        other = query if keys == 4 else case.input("key", torch.randn(3, 5, 8))
        value = query if keys == 4 else case.input("value", torch.randn(3, 5, 8))
        mask = torch.full((4, keys), 0.0)
        mask[torch.ones(4, keys).triu(1).bool()] = -1e9
        store[f"{name}/in.mask"] = mask
        case.result(case.weights(attention)(query, other, value, attn_mask=mask, need_weights=False)[0])
    return store


def losses():
    store = {}
    logits, labels = 3 * torch.randn(4, 5), torch.rand(4, 5).round()
    case = Case(store, "bce")
    z = case.input("logits", logits)
    case.result(fn.binary_cross_entropy_with_logits(z, case.input("labels", labels, grad=False)))
    case = Case(store, "bce_weighted")
    z, weights = case.input("logits", logits), case.input("weights", torch.rand(4, 5), grad=False)
    y = case.input("labels", labels, grad=False)
    each = torch.log1p(torch.exp(-z.abs())) + z.clamp(min=0) - z * y
    case.result((weights * each).sum() / weights.sum())
    targets = torch.tensor([0, 6, -100, 3, -100])
    for name, reduction in (("tokens", "mean"), ("tokens_each", "none")):
        case = Case(store, name)
        z = case.input("logits", 2 * torch.randn(5, 7))
        case.result(fn.cross_entropy(z, case.input("targets", targets), reduction=reduction))
    return store


def lora():
    """Three adapters of rank 2 on a layer 6 -> 5; rows are computed one by one with explicit products."""
    store = {}
    count, rank, inner, outer, scale = 3, 2, 6, 5, 2.0
    weights = torch.softmax(torch.randn(4, count), -1)
    mixings = {
        "lora_single": None,
        "lora_weighted": torch.diag_embed(weights * scale),
        # PEFT 0.5: A = sum_k w_k s_k A_k and B = sum_j B_j.
        "lora_peft_05": (weights * scale).unsqueeze(1).expand(4, count, count),
        # PEFT 0.9: both sums with sqrt(w s).
        "lora_peft_09": torch.sqrt(weights * scale).unsqueeze(2) * torch.sqrt(weights * scale).unsqueeze(1),
    }
    for name, mixing in mixings.items():
        case = Case(store, name)
        x = case.input("x", torch.randn(4, 3, inner))
        base = torch.randn(outer, inner)
        store[f"{name}.weight"] = base
        a, b = [], []
        for k in range(count):
            module = nn.Module()
            module.lora_A, module.lora_B = nn.Linear(inner, rank, bias=False), nn.Linear(rank, outer, bias=False)
            for key, value in module.named_parameters():
                store[f"{name}.{k}.{key}"] = value.detach().clone()
                if mixing is not None or k == 1:
                    case.leaves[f"{k}.{key}"] = value
            a.append(module.lora_A.weight), b.append(module.lora_B.weight)
        rows = []
        for row in range(4):
            delta = scale * b[1] @ a[1] if mixing is None else sum(
                mixing[row, j, k] * b[j] @ a[k] for j in range(count) for k in range(count))
            rows.append(x[row] @ (base + delta).T)
        if mixing is not None:
            store[f"{name}/in.weights"], store[f"{name}/in.mixing"] = weights, mixing
        case.result(torch.stack(rows))
    return store


def schedule(init, smallest, start, warmup, total):
    """Formula of the reference; the cosine counts warm-up steps too."""
    rates = []
    for t in range(total + 1):
        if t < warmup:
            rates.append(min(init, start + (init - start) * t / warmup))
        else:
            rates.append(smallest + 0.5 * (init - smallest) * (1 + math.cos(math.pi * t / total)))
    return torch.tensor(rates, dtype=torch.float64)


def optimizers():
    store = {
        "schedule/falling": schedule(1e-4, 8e-5, 1e-5, 20, 100),
        "schedule/rising": schedule(1e-5, 8e-5, 1e-6, 7, 60),
        "schedule/no_warmup": schedule(1e-3, 1e-4, 1e-5, 0, 30),
    }
    cases = {
        "adam": (torch.optim.Adam, 0.0, False, None), "adam_l2": (torch.optim.Adam, 0.1, False, None),
        "adamw": (torch.optim.AdamW, 0.1, False, None), "adamw_matrices": (torch.optim.AdamW, 0.1, True, None),
        "adamw_clipped": (torch.optim.AdamW, 0.1, False, 0.05),
    }
    for name, (kind, decay, matrices_only, clip) in cases.items():
        model = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 1))
        x, y = torch.randn(16, 5), torch.rand(16, 1).round()
        store.update({f"{name}/in.x": x, f"{name}/in.y": y})
        store.update({f"{name}.{k}": v.detach().clone() for k, v in model.named_parameters()})
        groups = [{"params": [p], "weight_decay": decay if p.ndim >= 2 or not matrices_only else 0.0} for p in model.parameters()]
        optimizer = kind(groups, lr=0.01, betas=(0.8, 0.95), eps=1e-6)
        rates, seen, norms = schedule(0.03, 0.01, 0.001, 3, 10), [], []
        for step in range(10):
            for group in optimizer.param_groups:
                group["lr"] = rates[step].item()
            optimizer.zero_grad()
            loss = fn.binary_cross_entropy_with_logits(model(x), y)
            loss.backward()
            norms.append(nn.utils.clip_grad_norm_(model.parameters(), clip or 1e9).detach().clone())
            optimizer.step()
            seen.append(loss.detach().clone())
        store.update({f"{name}/losses": torch.stack(seen), f"{name}/norms": torch.stack(norms)})
        store.update({f"{name}/after.{k}": v.detach().clone() for k, v in model.named_parameters()})
    return store


def main():
    folder = Path(sys.argv[1])
    digest = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    for index, record in enumerate((layers, losses, lora, optimizers)):
        torch.manual_seed(SEED + index)
        metadata = {"torch": torch.__version__, "seed": str(SEED + index), "script_sha256": digest}
        write_safetensors(folder / f"{record.__name__}.safetensors", record(), metadata)


if __name__ == "__main__":
    torch.set_num_threads(1)
    main()
