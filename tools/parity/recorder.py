"""Writes what the record_*.py scripts compute: safetensors by hand, and a manifest with versions, seed and script hashes."""
import hashlib
import json
import math
import os
import platform
import struct
import sys
import torch

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
