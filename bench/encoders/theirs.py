"""The encoders in plain PyTorch, as the ThinkRec authors train them: a row per interaction, dense Adam with the decay in the gradient.

usage: theirs.py pass|quality METHOD DATA; prints one JSON line. Settings come from cases.json, as on our side.
"""
import json
import os
import resource
import statistics
import sys
import time

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import nn

LENGTH, LAYERS, BLOCKS, DROPOUT, EVALUATION_BATCH = 25, 2, 2, 0.2, 1024


class Data:
    """Rows in the order of the file, ids numbered from 1; histories are the user's earlier likes, of every split."""

    def __init__(self, folder):
        path = next(f for f in sorted(os.listdir(folder)) if f.endswith(".inter"))
        users, items, rows, likes = {}, {}, [], {}
        with open(os.path.join(folder, path), encoding="utf-8") as lines:
            next(lines)
            for line in lines:
                user, item, _, label, _, split = line.rstrip("\n").split("\t")
                user, item = users.setdefault(user, len(users) + 1), items.setdefault(item, len(items) + 1)
                seen = likes.setdefault(user, [])
                rows.append((user, item, label == "1", split, [0] * max(0, LENGTH - len(seen)) + seen[-LENGTH:]))
                if label == "1":
                    seen.append(item)
        self.num_users, self.num_items = len(users) + 1, len(items) + 1
        self.splits = {split: self.arrays([r for r in rows if r[3] == split]) for split in ("train", "valid")}

    @staticmethod
    def arrays(rows):
        return (np.array([r[0] for r in rows]), np.array([r[1] for r in rows]), np.array([r[2] for r in rows], dtype=np.float32),
                np.array([r[4] for r in rows]).reshape(-1, LENGTH))


class MatrixFactorization(nn.Module):
    def __init__(self, data, size, deviation):
        super().__init__()
        self.users = nn.Embedding(data.num_users, size, padding_idx=0)
        self.items = nn.Embedding(data.num_items, size, padding_idx=0)
        for table in (self.users, self.items):
            nn.init.normal_(table.weight, 0, deviation)

    def forward(self, users, items, _):
        return (self.users(users) * self.items(items)).sum(-1)


class LightGcn(nn.Module):
    def __init__(self, data, size, deviation):
        super().__init__()
        self.users = nn.Embedding(data.num_users, size)
        self.items = nn.Embedding(data.num_items, size)
        for table in (self.users, self.items):
            nn.init.normal_(table.weight, 0, deviation)
        users, items, labels, _ = data.splits["train"]
        users, items = users[labels > 0], items[labels > 0] + data.num_users
        nodes = data.num_users + data.num_items
        edges = np.concatenate([np.stack([users, items]), np.stack([items, users])], 1)
        degrees = np.bincount(edges[0], minlength=nodes)
        values = torch.tensor(1 / np.sqrt(degrees[edges[0]] * degrees[edges[1]]), dtype=torch.float32)
        self.graph = torch.sparse_coo_tensor(torch.tensor(edges), values, (nodes, nodes)).coalesce()

    def forward(self, users, items, _):
        layer = torch.cat([self.users.weight, self.items.weight])
        layers = [layer]
        for _ in range(LAYERS):
            layer = torch.sparse.mm(self.graph, layer)
            layers.append(layer)
        final = torch.stack(layers, 1).mean(1)
        every_user, every_item = torch.split(final, [self.users.num_embeddings, self.items.num_embeddings])
        return (every_user[users] * every_item[items]).sum(-1)


class SasRec(nn.Module):
    def __init__(self, data, size, deviation):
        super().__init__()
        self.size = size
        self.items = nn.Embedding(data.num_items, size, padding_idx=0)
        self.positions = nn.Embedding(LENGTH, size)
        for table in (self.items, self.positions):
            nn.init.normal_(table.weight, 0, deviation)
        self.dropout = nn.Dropout(DROPOUT)
        norms = lambda: nn.ModuleList(nn.LayerNorm(size, eps=1e-8) for _ in range(BLOCKS))
        self.attention_norms, self.forward_norms = norms(), norms()
        self.attentions = nn.ModuleList(nn.MultiheadAttention(size, 1, DROPOUT) for _ in range(BLOCKS))
        self.forwards = nn.ModuleList(
            nn.Sequential(nn.Conv1d(size, size, 1), nn.Dropout(DROPOUT), nn.ReLU(), nn.Conv1d(size, size, 1), nn.Dropout(DROPOUT))
            for _ in range(BLOCKS))
        self.last_norm = nn.LayerNorm(size, eps=1e-8)

    def forward(self, _, items, histories):
        x = self.items(histories) * self.size ** 0.5 + self.positions.weight
        keep = (histories != 0).unsqueeze(-1)
        x = self.dropout(x) * keep
        mask = ~torch.tril(torch.ones((LENGTH, LENGTH), dtype=torch.bool))
        for attention_norm, attention, forward_norm, forward in zip(self.attention_norms, self.attentions, self.forward_norms, self.forwards):
            x = x.transpose(0, 1)
            query = attention_norm(x)
            x = (query + attention(query, x, x, attn_mask=mask)[0]).transpose(0, 1)
            x = forward_norm(x)
            x = (x + forward(x.transpose(1, 2)).transpose(1, 2)) * keep
        return (self.last_norm(x)[:, -1] * self.items(items)).sum(-1)


METHODS = {"mf": MatrixFactorization, "lightgcn": LightGcn, "sasrec": SasRec}


def batches(arrays, order, size):
    for start in range(0, len(order), size):
        part = order[start:start + size]
        yield [torch.from_numpy(a[part]) for a in arrays]


def train_epoch(model, optimizer, arrays, size):
    model.train()
    start = time.perf_counter()
    for users, items, labels, histories in batches(arrays, np.random.permutation(len(arrays[0])), size):
        loss = nn.functional.binary_cross_entropy_with_logits(model(users, items, histories), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return time.perf_counter() - start


def evaluate(model, arrays):
    model.eval()
    with torch.no_grad():
        scores = [model(users, items, histories) for users, items, _, histories in batches(arrays, np.arange(len(arrays[0])), EVALUATION_BATCH)]
    return roc_auc_score(arrays[2], torch.cat(scores).numpy())


def main(what, method, folder):
    torch.set_num_threads(int(os.environ.get("THINKREC_THREADS", os.cpu_count())))
    torch.set_flush_denormal(True)
    torch.manual_seed(1)
    np.random.seed(1)
    with open(os.path.join(os.path.dirname(__file__), "cases.json"), encoding="utf-8") as file:
        case = json.load(file)[method]
    data = Data(folder)
    train, valid = data.splits["train"], data.splits["valid"]
    model = METHODS[method](data, case["embeddingSize"], case["initDeviation"])
    optimizer = torch.optim.Adam(model.parameters(), lr=case["learningRate"], weight_decay=case["weightDecay"])
    seconds, best, best_epoch = [], 0, 0
    for epoch in range(1, case["theirEpochs" if what == "pass" else "qualityEpochs"] + 1):
        seconds.append(train_epoch(model, optimizer, train, case["theirBatch"]))
        if what == "quality":
            best, best_epoch = max((best, -best_epoch), (evaluate(model, valid), -epoch))
            best_epoch = -best_epoch
            if epoch - best_epoch >= case["patience"]:
                break
    line = {"threads": torch.get_num_threads()}
    if what == "quality":
        line |= {"auc": best, "epoch": best_epoch, "seconds": sum(seconds[:best_epoch])}
    else:
        started = time.perf_counter()
        evaluate(model, valid)
        line |= {"rowsPerSecond": len(train[0]) / statistics.median(seconds[len(seconds) // 2:]),
                 "evaluation": time.perf_counter() - started, "peakMiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
    print(json.dumps(line))


main(*sys.argv[1:])
