"""Records what scikit-learn says about small seeded rankings, for ThinkRec.Metrics.Tests.

Usage: python3 tools/parity/record_metrics.py tests/ThinkRec.Metrics.Tests/Fixtures/metrics.json

Where scikit-learn and the project define a metric alike:
  auc       roc_auc_score over all rows (ties one half)
  uauc      mean roc_auc_score over users with both labels
  ndcg      mean ndcg_score(k) over users with two rows or more; ties averaged; 0 without positives
  map_full  mean average_precision_score over users with two rows or more; only recorded without ties,
            and only for k = all rows, because scikit-learn knows neither a cut nor averaged ties
"""
import hashlib
import json
import platform
import sys

import numpy as np
import sklearn
from sklearn.metrics import average_precision_score, ndcg_score, roc_auc_score

SEED = 20250
CUTS = [1, 2, 3, 5, 10]


def make_rows(rng, users, most_rows, levels):
    """levels: number of different scores (many ties when small), 0 for continuous scores."""
    rows = []
    for user in range(users):
        for item in range(int(rng.integers(1, most_rows + 1))):
            label = int(rng.random() < 0.5)
            raw = rng.normal() + 0.7 * label
            score = float(np.round(raw * levels) / levels) if levels else float(raw)
            rows.append([f"u{user}", f"i{item}", label, score])
    rng.shuffle(rows)
    return [[user, item, int(label), float(score)] for user, item, label, score in rows]


def expected(rows, has_ties):
    lists = {}
    for user, _, label, score in rows:
        lists.setdefault(user, []).append((label, score))
    kept = [np.array(pairs, dtype=float).T for _, pairs in sorted(lists.items()) if len(pairs) > 1]
    both = [pair for pair in kept if 0 < pair[0].sum() < len(pair[0])]
    result = {
        "auc": roc_auc_score([row[2] for row in rows], [row[3] for row in rows]),
        "uauc": float(np.mean([roc_auc_score(labels, scores) for labels, scores in both])),
        "ndcg": {str(k): float(np.mean([ndcg_score([labels], [scores], k=k) for labels, scores in kept])) for k in CUTS},
    }
    if not has_ties:
        result["map_full"] = float(np.mean(
            [average_precision_score(labels, scores) if labels.any() else 0.0 for labels, scores in kept]))
    return result


def main():
    rng = np.random.default_rng(SEED)
    cases = []
    for users, most_rows, levels in [(3, 4, 0), (12, 9, 0), (25, 12, 0), (3, 6, 1), (12, 9, 1), (25, 12, 2), (20, 30, 4)]:
        rows = make_rows(rng, users, most_rows, levels)
        cases.append({"levels": levels, "rows": rows, "expected": expected(rows, levels > 0)})
    with open(__file__, "rb") as script:
        digest = hashlib.sha256(script.read()).hexdigest()
    manifest = {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "sklearn": sklearn.__version__,
        "seed": SEED,
        "script_sha256": digest,
    }
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        out.write('{\n"manifest": ' + json.dumps(manifest) + ',\n"cases": [\n')
        out.write(",\n".join(json.dumps(case, separators=(",", ":")) for case in cases))
        out.write("\n]\n}\n")


if __name__ == "__main__":
    main()
