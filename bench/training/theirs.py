"""One pass of a case of Pass.cs in plain PyTorch, as the authors train; prints one JSON line. Usage: theirs.py SHAPE-FOLDER CASE BATCH LAST_LAYERS

Rows are padded on the right: to the longest of all rows, or, with THINKREC_BENCH_PAD=batch, to the longest of the batch. Logits are those of all
positions and the whole vocabulary. LoRA as peft has it, on q_proj and v_proj.
"""
import json
import math
import os
import resource
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "llm"))
from model_folder import load, load_weights  # noqa: E402

RANK, ALPHA, DROPOUT, RATE = 8, 16, 0.05, 1e-4
THETA, GAMMA, ALPHA_LOSS, BETA = 0.9, 0.1, 0.1, 0.9


class Model(nn.Module):
    def __init__(self, folder, first, dropout):
        super().__init__()
        self.c, self.w = load(folder)
        self.heads, self.groups = self.c["num_attention_heads"], self.c["num_key_value_heads"]
        self.head = self.c["hidden_size"] // self.heads
        self.dropout = dropout
        half = torch.arange(0, self.head, 2).float() / self.head
        angles = torch.outer(torch.arange(self.c["max_position_embeddings"]).float(), 1.0 / self.c["rope_theta"] ** half)
        angles = torch.cat([angles, angles], -1)
        self.cos, self.sin = angles.cos(), angles.sin()
        self.lora = load_weights(os.path.join(folder, "adapter.safetensors"))
        self.trained = []
        for key, value in self.lora.items():
            if int(key.split(".")[2]) >= first:
                value.requires_grad_(True)
                self.trained.append(value)

    def norm(self, x, key):
        return self.w[key] * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.c["rms_norm_eps"]))

    def rotate(self, x, cos, sin):
        first, second = x.chunk(2, -1)
        return x * cos + torch.cat([-second, first], -1) * sin

    def linear(self, x, key):
        y = F.linear(x, self.w[key + ".weight"])
        a = self.lora.get(key + ".lora_A.weight")
        if a is not None:
            y = y + F.linear(F.linear(F.dropout(x, self.dropout), a), self.lora[key + ".lora_B.weight"]) * (ALPHA / RANK)
        return y

    def forward(self, ids, mask):
        x = F.embedding(ids, self.w["model.embed_tokens.weight"])
        batch, length, _ = x.shape
        cos, sin = self.cos[:length], self.sin[:length]
        for i in range(self.c["num_hidden_layers"]):
            at = f"model.layers.{i}."
            y = self.norm(x, at + "input_layernorm.weight")
            q, k, v = (self.linear(y, f"{at}self_attn.{n}_proj").view(batch, length, -1, self.head).transpose(1, 2) for n in "qkv")
            q, k = self.rotate(q, cos, sin), self.rotate(k, cos, sin)
            k, v = (t.repeat_interleave(self.heads // self.groups, 1) for t in (k, v))
            scores = q @ k.transpose(2, 3) / math.sqrt(self.head) + mask
            y = (torch.softmax(scores, -1) @ v).transpose(1, 2).reshape(batch, length, -1)
            x = x + self.linear(y, at + "self_attn.o_proj")
            y = self.norm(x, at + "post_attention_layernorm.weight")
            y = F.silu(self.linear(y, at + "mlp.gate_proj")) * self.linear(y, at + "mlp.up_proj")
            x = x + self.linear(y, at + "mlp.down_proj")
        return F.linear(self.norm(x, "model.norm.weight"), self.w.get("lm_head.weight", self.w["model.embed_tokens.weight"]))


def loss_of(model, rows, length, yes, no):
    """The combined loss from logits of all positions."""
    ids = torch.zeros(len(rows), length, dtype=torch.long)
    labels = torch.full((len(rows), length), -100)
    last = torch.tensor([len(r["prompt"]) - 1 for r in rows])
    for i, row in enumerate(rows):
        tokens = row["prompt"] + row["answer"]
        ids[i, :len(tokens)] = torch.tensor(tokens)
        labels[i, len(row["prompt"]):len(tokens)] = torch.tensor(row["answer"])
    mask = torch.full((length, length), -math.inf).triu(1)[None, None]
    mask = mask + torch.zeros(len(rows), 1, 1, length)
    logits = model(ids, mask)  # [B, T, V]
    shifted, targets = logits[:, :-1].contiguous(), labels[:, 1:].contiguous()
    each = F.cross_entropy(shifted.view(-1, shifted.size(-1)), targets.view(-1), ignore_index=-100, reduction="none").view(len(rows), -1)
    words = each.sum(1) / (targets >= 0).sum(1)
    answers = logits[torch.arange(len(rows)), last]
    answer = F.binary_cross_entropy_with_logits(answers[:, yes] - answers[:, no], torch.tensor([float(r["label"]) for r in rows]), reduction="none")
    thinking = torch.tensor([len(r["answer"]) > 1 for r in rows])
    weighed = torch.where(thinking, ALPHA_LOSS * answer + BETA * words, THETA * answer + GAMMA * words)
    return weighed.mean()


class Trainer:
    def __init__(self, folder, first, dropout, rows, batch):
        self.model = Model(folder, first, dropout)
        self.optimizer = torch.optim.AdamW(self.model.trained, lr=RATE, weight_decay=0.0)
        self.batches = [rows[i:i + batch] for i in range(0, len(rows), batch)]
        self.longest = max(length_of(r) for r in rows)
        self.yes = next(r["answer"][0] for r in rows if r["label"])
        self.no = next(r["answer"][0] for r in rows if not r["label"])

    def epoch(self):
        losses = []
        for rows in self.batches:
            length = max(length_of(r) for r in rows) if os.environ.get("THINKREC_BENCH_PAD") == "batch" else self.longest
            self.optimizer.zero_grad()
            loss = loss_of(self.model, rows, length, self.yes, self.no)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.model.trained, 1.0)
            self.optimizer.step()
            losses.append(loss.item())
        return losses


def length_of(row):
    return len(row["prompt"]) + len(row["answer"])


def seconds(act):
    """Wall and processor seconds."""
    begin, used = time.perf_counter(), time.process_time()
    act()
    return time.perf_counter() - begin, time.process_time() - used


def main():
    folder, case, batch, last_layers = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    if "THINKREC_THREADS" in os.environ:
        torch.set_num_threads(int(os.environ["THINKREC_THREADS"]))
    torch.set_flush_denormal(True)
    with open(os.path.join(folder, "rows.json"), encoding="utf-8") as text:
        rows = json.load(text)
    with open(os.path.join(folder, "config.json"), encoding="utf-8") as text:
        layers = json.load(text)["num_hidden_layers"]
    first = layers - last_layers if case == "experts" else 0
    losses = Trainer(folder, first, 0.0, rows, batch).epoch()
    trainer = Trainer(folder, first, DROPOUT, rows, batch)
    epochs = [seconds(trainer.epoch) for _ in range(3)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    json.dump({"core": "", "threads": torch.get_num_threads(), "losses": losses, "first": epochs[0][0], "later": min(e[0] for e in epochs[1:]),
               "processor": min(e[1] for e in epochs[1:]), "gflop": 0, "roof": 0, "peak": peak}, sys.stdout)
    print()


main()
