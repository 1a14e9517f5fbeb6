"""Records what PyTorch and scikit-learn say about the collaborative encoders and the grouping.

Usage: python3 tools/parity/record_encoders.py tests/ThinkRec.Models.Tests/Collaborative/encoders.json \
           tests/ThinkRec.Training.Tests/Grouping/grouping.json

  mf, sasrec, din
               weights, inputs, outputs, and the gradients of the mean binary cross-entropy, from models written
               independently of the C# ones, with torch.nn.MultiheadAttention and torch.nn.BatchNorm1d
  gsasrec      the same with a separate output table and the gradients of gBCE
  lightgcn     the same, with the graph as a dense matrix
  feedback     the same of the model that reads likes, dislikes, ratings, words and years, moods and tastes among its inputs
  ward         labels of sklearn.cluster.AgglomerativeClustering on standardised vectors
  kmeans       inertia of sklearn.cluster.KMeans (ten starts) on standardised vectors
"""
import hashlib
import json
import math
import platform
import sys

import numpy as np
import sklearn
import torch
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.preprocessing import StandardScaler
from torch import nn

SEED = 20250
MASKED = -1e9


class Mf(nn.Module):
    def __init__(self, users, items, size):
        super().__init__()
        self.user_embedding = nn.Embedding(users, size, padding_idx=0)
        self.item_embedding = nn.Embedding(items, size, padding_idx=0)

    def forward(self, users, items):
        return (self.user_embedding(users) * self.item_embedding(items)).sum(-1)


class LightGcn(nn.Module):
    """The graph as one dense matrix; every like is an edge, repeated ones add up."""

    def __init__(self, users, items, size, likes):
        super().__init__()
        self.users = users
        self.embedding_user = nn.Embedding(users, size)
        self.embedding_item = nn.Embedding(items, size)
        graph = torch.zeros(users + items, users + items)
        for user, item in likes:
            graph[user, users + item] += 1
            graph[users + item, user] += 1
        degree = graph.sum(1)
        scale = torch.where(degree > 0, degree.clamp(min=1) ** -0.5, torch.zeros_like(degree))
        self.graph = scale[:, None] * graph * scale[None]

    def forward(self, layers):
        x = torch.cat([self.embedding_user.weight, self.embedding_item.weight])
        powers = [torch.linalg.matrix_power(self.graph, n) @ x for n in range(layers + 1)]
        return torch.stack(powers).mean(0).split([self.users, x.shape[0] - self.users])


class Forward(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.conv1 = nn.Linear(size, size)
        self.conv2 = nn.Linear(size, size)

    def forward(self, x):
        return self.conv2(torch.relu(self.conv1(x))) + x


class SasRec(nn.Module):
    def __init__(self, items, size, length, blocks, heads, has_output=False):
        super().__init__()
        self.size, self.has_output = size, has_output
        self.item_emb = nn.Embedding(items, size, padding_idx=0)
        if has_output:
            self.output_emb = nn.Embedding(items, size, padding_idx=0)
        self.pos_emb = nn.Embedding(length, size)
        self.attention_layernorms = nn.ModuleList(nn.LayerNorm(size, eps=1e-8) for _ in range(blocks))
        self.attention_layers = nn.ModuleList(nn.MultiheadAttention(size, heads, batch_first=True) for _ in range(blocks))
        self.forward_layernorms = nn.ModuleList(nn.LayerNorm(size, eps=1e-8) for _ in range(blocks))
        self.forward_layers = nn.ModuleList(Forward(size) for _ in range(blocks))
        self.last_layernorm = nn.LayerNorm(size, eps=1e-8)

    def places(self, history):
        """[len(history), size]: the vector after each item of one history, which has no padding; its first item has position 0."""
        length = len(history)
        mask = torch.triu(torch.full((length, length), MASKED), 1)
        x = (self.item_emb(torch.tensor(history)) * self.size ** 0.5 + self.pos_emb.weight[:length])[None]
        for norm, attention, norm2, forward in zip(
                self.attention_layernorms, self.attention_layers, self.forward_layernorms, self.forward_layers):
            query = norm(x)
            x = forward(norm2(query + attention(query, x, x, attn_mask=mask)[0]))
        return self.last_layernorm(x[0])

    def forward(self, histories, targets):
        last = torch.stack([self.places(h)[-1] if h else torch.zeros(self.size) for h in histories])
        return last, (last * self.targets()[targets]).sum(-1)

    def targets(self):
        return self.output_emb.weight if self.has_output else self.item_emb.weight


class Dice(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.alpha = nn.Parameter(torch.zeros(size))
        self.bn = nn.BatchNorm1d(size, eps=1e-8, affine=False)

    def forward(self, x):
        p = torch.sigmoid(self.bn(x))
        return p * x + (1 - p) * self.alpha * x


def network(sizes):
    """Linear layers with Dice in between."""
    layers = []
    for fan_in, fan_out in zip(sizes, sizes[1:]):
        layers += [nn.Linear(fan_in, fan_out), Dice(fan_out)]
    return nn.Sequential(*layers[:-1])


class Din(nn.Module):
    """Histories are padded here; padded places are taken out before the activation unit and put back as zero weights."""

    def __init__(self, users, items, size, attention, top):
        super().__init__()
        self.user_embedding = nn.Embedding(users, size, padding_idx=0)
        self.item_embedding = nn.Embedding(items, size, padding_idx=0)
        self.history_embedding = nn.Embedding(items, size, padding_idx=0)
        self.attention = network([4 * size, *attention, 1])
        self.mlp = network([3 * size, *top, 1])

    def forward(self, users, items, histories):
        real = histories != 0
        keys = self.history_embedding(histories)
        query = self.item_embedding(items)[:, None].expand_as(keys)
        joined = torch.cat([query, keys, query - keys, query * keys], -1)
        weights = torch.zeros(histories.shape).masked_scatter(real, self.attention(joined[real]))
        interest = (weights[..., None] * keys).sum(1)
        return self.mlp(torch.cat([self.item_embedding(items), interest, self.user_embedding(users)], -1))[:, 0]


class FeedbackSasRec(nn.Module):
    """Every item has a vector: its words' mean times the root of their number, its own where it was trained, what is known of
    its popularity at the moment, and its properties. Everything is written out for one sequence at a time, without padding."""

    def __init__(self, items, words, properties, size, blocks, heads):
        super().__init__()
        self.size, self.heads = size, heads
        self.item_emb = nn.Embedding(items, size)
        self.word_emb = nn.Embedding(words + 1, size)
        self.label_emb = nn.Embedding(3, size)
        self.gap_emb = nn.Embedding(16, size)
        self.residual = nn.Linear(2, size, bias=False)
        self.popularity = nn.Linear(4, size, bias=False)
        self.property = nn.Linear(properties, size, bias=False)
        self.mood = nn.Linear(20, size - 1, bias=False)
        self.rank = nn.Linear(4, size - 1, bias=False)
        self.taste = nn.Parameter(torch.empty(properties))
        self.attention_layernorms = nn.ModuleList(nn.LayerNorm(size, eps=1e-8) for _ in range(blocks))
        self.attention_layers = nn.ModuleList(nn.MultiheadAttention(size, heads, batch_first=True) for _ in range(blocks))
        self.forward_layernorms = nn.ModuleList(nn.LayerNorm(size, eps=1e-8) for _ in range(blocks))
        self.forward_layers = nn.ModuleList(Forward(size) for _ in range(blocks))
        self.last_layernorm = nn.LayerNorm(size, eps=1e-8)
        self.user_out = nn.Linear(size, size - 1)
        self.item_out = nn.Linear(size, size - 1)

    def item(self, index, words, trained, properties):
        """Words, own vector and properties; statistics depend on the moment."""
        x = self.property.weight @ properties[index]
        if words[index]:
            x = x + self.word_emb(torch.tensor(words[index])).mean(0) * len(words[index]) ** 0.5
        return x + self.item_emb.weight[index] if trained[index] else x

    def user(self, events, items, known, residuals, moods, tastes):
        """Vectors after 0, 1, 2 ... events (item, label, time, rating); known: numbers of each event's item."""
        x = [self.label_emb.weight[0] + self.gap_emb.weight[0] + items[0]]
        for i, (item, label, time, _) in enumerate(events):
            gap = 0 if i == 0 else min(15, 1 + int(math.floor(math.log(time - events[i - 1][2] + 1, 4))))
            x.append(items[item] + self.popularity(known[i]) + self.label_emb.weight[1 + label] + self.gap_emb.weight[gap]
                     + self.residual(torch.tensor(residuals[i])))
        x = torch.stack(x)[None] * self.size ** 0.5
        length = x.shape[1]
        distance = (torch.arange(length)[:, None] - torch.arange(length)[None]).float()
        # The first head sees all alike; the last loses a half for each event in between, those before it a quarter of that each.
        slopes = [0.0] + [0.5 * 0.25 ** (self.heads - 1 - head) for head in range(1, self.heads)]
        mask = torch.stack([-slope * distance for slope in slopes]).masked_fill(distance < 0, MASKED)
        for norm, attention, norm2, forward in zip(
                self.attention_layernorms, self.attention_layers, self.forward_layernorms, self.forward_layers):
            query = norm(x)
            x = forward(norm2(query + attention(query, x, x, attn_mask=mask)[0]))
        both = self.user_out(self.last_layernorm(x[0])) + self.mood(moods)
        return torch.cat([tastes * self.taste, both, torch.ones(length, 1)], -1)

    def target(self, x, numbers, properties):
        x = x + self.popularity(numbers)
        vector, bias = (self.item_out(x * self.size ** 0.5) + self.rank(numbers)).split([self.size - 2, 1], -1)
        return torch.cat([properties, vector, torch.ones_like(bias), bias], -1)


def item_numbers(likes, rows, ratings, mean):
    """Weakly and strongly smoothed surplus of likes and the surplus of ratings, four to a logit, and the count."""
    return [4 * (likes - mean * rows) / (rows + 5), 4 * (likes - mean * rows) / (rows + 40), 4 * ratings / (rows + 10), math.log(1 + rows) / 4]


def faded(values, decay):
    """Sum and weight, the last value counting in full."""
    weights = [decay ** (len(values) - 1 - i) for i in range(len(values))]
    return sum(v * w for v, w in zip(values, weights)), sum(weights)


def mood_numbers(times, residuals, now):
    """Of events before a moment: residuals of labels and of ratings decayed at four half-lives, those of the last session and of
    the last event, counts, whether the last event was this second, and the gap with what changes with it."""
    row = []
    for kind in (0, 1):
        for half_life in (3, 10, 30, 100):
            total, weight = faded([r[kind] for r in residuals], 0.5 ** (1 / half_life))
            row.append(4 * total / (weight + 2))
    session, following = [], now
    for time, residual in zip(reversed(times), reversed(residuals)):
        if following is None or following - time >= 3600:
            break
        session.append(residual)
        following = time
    row += [4 * sum(r[kind] for r in session) / (len(session) + 2) for kind in (0, 1)]
    last = [2 * r for r in residuals[-1]] if residuals else [0, 0]
    same = 1 if times and now == times[-1] else 0
    gap = math.log2(1 + now - times[-1]) / 24 if times and now is not None else 1
    return row + [*last, math.log(1 + len(times)) / 4, math.log(1 + len(session)) / 4, same, same * last[0],
                  gap, gap * last[0], gap * row[0], gap * row[1]]


def taste_numbers(items, ratings, keywords, years, count):
    """Residuals of ratings less the level until then, by keyword and by year, shrunk; each event fades by a hundredth."""
    surplus = []
    for t, rating in enumerate(ratings):
        total, weight = faded(ratings[:t], 0.93)
        surplus.append(rating - total / (weight + 3))
    out = []
    for axis in range(count):
        places = [years[item] if axis == count - 1 else float(axis in keywords[item]) for item in items]
        total, _ = faded([p * s for p, s in zip(places, surplus)], 0.99)
        weight, _ = faded([p * p for p in places], 0.99)
        out.append(4 * total / (weight + (10 if axis == count - 1 else 5)))
    return out


def flat(tensor):
    return {"shape": list(tensor.shape), "values": [float(f"{v:.9g}") for v in tensor.detach().flatten().tolist()]}


def named(module, read):
    return {name: flat(read(p)) for name, p in module.named_parameters()}


def randomise(module):
    """Biases and norms too, so that a forgotten one shows; padding rows stay zero."""
    for name, p in module.named_parameters():
        with torch.no_grad():
            p.normal_(1.0 if "norm" in name and name.endswith("weight") else 0.0, 0.3)
            if name.split(".")[0] in ("user_embedding", "item_embedding", "history_embedding", "item_emb", "output_emb", "word_emb"):
                p[0] = 0


def record_mf():
    model = Mf(7, 9, 5)
    randomise(model)
    users, items = torch.tensor([1, 2, 6, 3, 1, 5]), torch.tensor([8, 1, 4, 4, 2, 7])
    labels = torch.tensor([1.0, 0, 1, 1, 0, 0])
    logits = model(users, items)
    nn.functional.binary_cross_entropy_with_logits(logits, labels).backward()
    return {"users": users.tolist(), "items": items.tolist(), "labels": labels.tolist(), "logits": flat(logits),
            "weights": named(model, lambda p: p), "gradients": named(model, lambda p: p.grad)}


def record_lightgcn(layers):
    """User 3 and item 5 have no like; the first like occurs twice."""
    likes = [(1, 2), (1, 2), (1, 4), (2, 2), (4, 1), (4, 3), (2, 3)]
    model = LightGcn(5, 6, 4, likes)
    randomise(model)
    pairs, labels = [(1, 4), (2, 1), (3, 5), (4, 2), (1, 3)], [1.0, 0, 1, 0, 1]
    users, items = model(layers)
    logits = torch.stack([users[u] @ items[i] for u, i in pairs])
    nn.functional.binary_cross_entropy_with_logits(logits, torch.tensor(labels)).backward()
    return {"layers": layers, "likes": likes, "pairs": pairs, "labels": labels, "users": flat(users), "items": flat(items),
            "logits": flat(logits), "weights": named(model, lambda p: p), "gradients": named(model, lambda p: p.grad)}


def record_sasrec(heads):
    size, length, count = 8, 6, 11
    model = SasRec(count, size, length, 2, heads)
    randomise(model)
    rows = [[3, 1, 4, 1, 5, 9], [2, 6, 5, 3], [7], [], [10, 8, 2, 8, 4]]
    targets, labels = torch.tensor([2, 7, 1, 8, 3]), torch.tensor([1.0, 0, 0, 1, 1])
    vectors, logits = model(rows, targets)
    nn.functional.binary_cross_entropy_with_logits(logits, labels).backward()
    return {"size": size, "length": length, "count": count, "heads": heads, "items": rows,
            "targets": targets.tolist(), "labels": labels.tolist(),
            "vectors": flat(vectors), "logits": flat(logits), "places": flat(model.places(rows[0])),
            "weights": named(model, lambda p: p), "gradients": named(model, lambda p: p.grad)}


def record_gsasrec(calibration):
    """gBCE as its authors compute it: the positive's logit is replaced by one whose sigmoid is the sigmoid to the power of beta, in
    double precision, and plain cross-entropy is taken of all. Every place predicts the item after it; windows have negatives of their own."""
    size, length, count = 4, 6, 9
    model = SasRec(count, size, length, 1, 1, has_output=True)
    randomise(model)
    rows = [[3, 1, 4, 1, 5, 8], [2, 6], [7, 8, 2, 8]]
    drawn = [[2, 7, 6], [8, 3, 1], [5, 5, 4]]
    alpha = len(drawn[0]) / (count - 2)
    beta = alpha * (calibration * (1 - 1 / alpha) + 1 / alpha)
    liked, sampled = [], []
    for row, negatives in zip(rows, drawn):
        vectors = model.places(row[:-1])
        liked.append((vectors * model.targets()[row[1:]]).sum(-1))
        sampled.append(vectors @ model.targets()[negatives].T)
    liked, sampled = torch.cat(liked), torch.cat(sampled)
    transformed = -torch.log(torch.sigmoid(liked.double()) ** -beta - 1)
    both = torch.cat([transformed[:, None], sampled.double()], 1)
    loss = nn.functional.binary_cross_entropy_with_logits(both, torch.tensor([1.0, 0, 0, 0]).double().expand_as(both))
    loss.backward()
    return {"size": size, "length": length, "count": count, "heads": 1, "items": rows, "drawn": drawn, "calibration": calibration,
            "beta": beta, "loss": float(loss.detach()), "liked": flat(liked), "sampled": flat(sampled),
            "weights": named(model, lambda p: p), "gradients": named(model, lambda p: p.grad)}


def record_din():
    """Two steps' worth: a batch while training, which moves the running means, and the same batch afterwards."""
    size, attention, top = 3, [6, 4], [7, 5]
    model = Din(5, 9, size, attention, top)
    randomise(model)
    for name, buffer in model.named_buffers():
        if name.endswith("mean"):
            buffer.normal_(0, 0.3)
        elif name.endswith("var"):
            buffer.uniform_(0.5, 1.5)
    weights = {**named(model, lambda p: p), **{n: flat(b) for n, b in model.named_buffers() if not n.endswith("tracked")}}
    users, items = torch.tensor([1, 4, 2, 1, 3]), torch.tensor([8, 2, 5, 3, 2])
    rows, labels = [[3, 1, 4], [2], [], [7, 8], [5, 6, 8]], torch.tensor([1.0, 0, 1, 1, 0])
    padded = torch.tensor([row + [0] * (4 - len(row)) for row in rows])
    logits = model(users, items, padded)
    nn.functional.binary_cross_entropy_with_logits(logits, labels).backward()
    moved = {n: flat(b) for n, b in model.named_buffers() if not n.endswith("tracked")}
    gradients = named(model, lambda p: p.grad)
    model.eval()
    return {"size": size, "attention": attention, "top": top, "users": users.tolist(), "items": items.tolist(), "histories": rows,
            "labels": labels.tolist(), "logits": flat(logits), "moved": moved, "scores": flat(model(users, items, padded)),
            "weights": weights, "gradients": gradients}


def record_feedback():
    """Unequal histories, one of them empty; items 3 and 6 are untrained, item 5 has no word, 3 no year; gaps of no to many seconds."""
    size, vocabulary, count = 8, ["#war", "#love", "#space", "red", "blue"], 4
    model = FeedbackSasRec(8, len(vocabulary), count, size, 2, 4)
    randomise(model)
    keywords = [[], ["war", "love"], ["love"], ["space", "war", "love"], ["space"], ["unheard"], ["war"], ["love", "space"]]
    titles = ["", "The Red One", "", "Blue, red", "blue", "Green", "", "red"]
    years = [None, 1960, 1975, None, 1990, 2001, 1988, 1920]
    words = [[], [1, 2, 4], [2], [3, 1, 2, 5, 4], [3, 5], [], [1], [2, 3, 4]]
    trained = [False, True, True, False, True, True, False, True]
    # Likes, rows and the surplus of ratings of each item at the end of training; the events train as well, and are known from the next second on.
    counts = [[0, 0, 0], [3, 4, 0.5], [0, 2, -1.25], [5, 9, 1], [1, 1, 0.75], [0, 0, 0], [2, 30, -6], [7, 7, 2]]
    mean, mean_rating, deviation = 0.4, 3.2, 1.25
    histories = [[(1, 1, 0, 5), (3, 0, 0, 2), (2, 1, 3, 4), (7, 0, 100, 1), (5, 1, 2 ** 35, 4)], [(6, 1, 50, 5)], [],
                 [(4, 0, 10, 3), (2, 0, 40, 1), (3, 1, 86440, 4)]]
    # The moment of every place: that of the next event, and one after the last.
    moments = [[0, 0, 3, 100, 2 ** 35, 2 ** 35], [50, 3649], [7], [10, 40, 86440, None]]
    asked = [(0, 0, 4, 1), (0, 2, 7, 0), (0, 5, 3, 1), (1, 1, 6, 0), (1, 0, 5, 1), (2, 0, 1, 0), (3, 3, 2, 1), (3, 2, 3, 0)]
    everything = [event for history in histories for event in history]
    axes = [[w - 1 for w in own if w <= 3] for own in words]
    mean_year = float(np.mean([year for year in years if year]))
    steps = [(year - mean_year) / 15 if year else 0.0 for year in years]
    properties = torch.tensor([[(axis in own) / max(1, len(own)) for axis in range(3)] + [step] for own, step in zip(axes, steps)]).float()

    def standardised(rating):
        return 0.5 * (rating - mean_rating) / deviation

    def known(item, time):
        before = [event for event in everything if event[0] == item and event[2] < time]
        return item_numbers(sum(e[1] for e in before), len(before), sum(standardised(e[3]) for e in before), mean)

    items = torch.stack([model.item(i, words, trained, properties) for i in range(8)])
    numbers = torch.tensor([item_numbers(*row, mean) for row in counts])
    users = []
    for history, now in zip(histories, moments):
        event_numbers = torch.tensor([known(item, time) for item, _, time, _ in history])
        residuals = [(label - mean - known(item, time)[0] / 4, standardised(rating) - known(item, time)[2] / 4) for item, label, time, rating in history]
        moods = [mood_numbers([e[2] for e in history[:t]], residuals[:t], now[t]) for t in range(len(now))]
        tastes = [taste_numbers([e[0] for e in history[:t]], [r[1] for r in residuals[:t]], axes, steps, count) for t in range(len(now))]
        users.append(model.user(history, items, event_numbers, residuals, torch.tensor(moods), torch.tensor(tastes)))
    targets = model.target(items, numbers, properties)
    logits = torch.stack([users[history][place] @ targets[item] for history, place, item, _ in asked])
    nn.functional.binary_cross_entropy_with_logits(logits, torch.tensor([float(a[3]) for a in asked])).backward()
    return {"size": size, "heads": 4, "vocabulary": vocabulary, "keywords": keywords, "titles": titles, "years": years, "trained": trained,
            "counts": counts, "labels": {"meanLabel": mean, "meanRating": mean_rating, "deviation": deviation},
            "histories": histories, "moments": moments, "asked": asked,
            "users": [flat(u) for u in users], "items": flat(targets), "logits": flat(logits),
            "weights": named(model, lambda p: p), "gradients": named(model, lambda p: p.grad)}


def make_vectors(rng, count, size, blobs, spread):
    """Blobs of unequal size; features of unequal scale, so that standardising matters."""
    centres = rng.normal(size=(blobs, size)) * spread
    which = np.minimum(rng.geometric(0.4, size=count) - 1, blobs - 1)
    return ((centres[which] + rng.normal(size=(count, size))) * rng.uniform(0.1, 10, size=size)).astype(np.float32).round(3)


def record_grouping(rng, count, size, blobs, spread, groups):
    vectors = make_vectors(rng, count, size, blobs, spread)
    scaled = StandardScaler().fit_transform(vectors.astype(np.float64))
    return {"groups": groups, "vectors": [[float(f"{x:.7g}") for x in row] for row in vectors.tolist()],
            "ward": AgglomerativeClustering(n_clusters=groups, linkage="ward").fit_predict(scaled).tolist(),
            "kmeans_inertia": float(KMeans(n_clusters=groups, n_init=10, random_state=SEED).fit(scaled).inertia_)}


def write(path, versions, cases):
    with open(__file__, "rb") as script:
        digest = hashlib.sha256(script.read()).hexdigest()
    manifest = {"python": platform.python_version(), "numpy": np.__version__, **versions, "seed": SEED, "script_sha256": digest}
    with open(path, "w", encoding="utf-8") as out:
        json.dump({"manifest": manifest, **cases}, out, separators=(",", ":"))
        out.write("\n")


def main():
    torch.manual_seed(SEED)
    rng = np.random.default_rng(SEED)
    write(sys.argv[1], {"torch": torch.__version__}, {
        "mf": record_mf(), "sasrec": [record_sasrec(1), record_sasrec(2)], "gsasrec": [record_gsasrec(0.0), record_gsasrec(0.75)],
        "din": record_din(), "feedback": record_feedback(),
        "lightgcn": [record_lightgcn(2), record_lightgcn(3)]})
    write(sys.argv[2], {"sklearn": sklearn.__version__}, {
        "cases": [record_grouping(rng, *case) for case in
                  [(60, 3, 4, 6.0, 4), (150, 8, 5, 2.0, 5), (200, 5, 3, 0.0, 7)]]})


if __name__ == "__main__":
    main()
