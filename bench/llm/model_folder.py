"""Reads a model folder in plain Python: config.json and model.safetensors, or another file of weights."""
import json
import os
import struct

import torch

TYPES = {"F32": torch.float32, "BF16": torch.bfloat16, "F16": torch.float16, "I64": torch.int64}


def load_weights(path):
    """Tensors of a safetensors file by name."""
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = bytearray(file.read())
    weights = {}
    for key, entry in header.items():
        if key != "__metadata__":
            begin, end = entry["data_offsets"]
            dtype = TYPES[entry["dtype"]]
            count = (end - begin) // torch.empty(0, dtype=dtype).element_size()
            weights[key] = torch.frombuffer(data, dtype=dtype, count=count, offset=begin).reshape(entry["shape"]).clone()
    return weights


def load(folder):
    """Config and weights."""
    with open(os.path.join(folder, "config.json"), encoding="utf-8") as text:
        config = json.load(text)
    return config, load_weights(os.path.join(folder, "model.safetensors"))
