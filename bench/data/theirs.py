#!/usr/bin/env python3
"""Prepares raw files as a researcher would: the standard library, dictionaries and lists. One preparation, one JSON line.

usage: theirs.py KIND RAW PREPARED    KIND: amazon (books of 2017), yelp (the paper's windows) or ml-1m (all rows, cut 80/10/10 in time order)
"""

import calendar
import gzip
import html
import json
import os
import re
import resource
import sys
import time
from collections import Counter


def opened(folder, name, encoding="utf-8"):
    path = os.path.join(folder, name)
    return gzip.open(path + ".gz", "rt", encoding=encoding) if os.path.exists(path + ".gz") else open(path, encoding=encoding)


def utc(year, month):
    return calendar.timegm((year, month, 1, 0, 0, 0))


def plain(text):
    return " ".join(re.sub(r"<[/!?]?[A-Za-z-][^<>]*(>|$)", " ", html.unescape(text)).split())


def amazon(folder):
    titles, last_of_title, described = {}, {}, set()
    with opened(folder, "meta_Books.json") as lines:
        for line in lines:
            item = json.loads(line)
            title = plain(item.get("title", ""))[:300]
            titles[item["asin"]] = (title, plain(" ".join(item.get("description", [])))[:4000], [plain(c) for c in item.get("category", [])[1:]])
            last_of_title[title] = item["asin"]
    described = set(last_of_title.values())
    start, end = utc(2017, 1), utc(2018, 1)
    rows = []
    with opened(folder, "Books.json") as lines:
        for line in lines:
            review = json.loads(line)
            when = review["unixReviewTime"]
            if start <= when < end and review["asin"] in described:
                rows.append((when, review["reviewerID"], review["asin"], review["overall"], review["overall"] >= 5))
    return rows, titles, 21, (utc(2017, 1), utc(2017, 11), utc(2018, 1))


def yelp(folder):
    texts = {}
    with opened(folder, "yelp_academic_dataset_business.json") as lines:
        for line in lines:
            item = json.loads(line)
            true = [name for name, value in (item["attributes"] or {}).items() if value == "True"]
            texts[item["business_id"]] = (plain(item["name"]), ", ".join([item["city"], item["state"]] + true), (item["categories"] or "").split(", "))
    rows = []
    start, end = utc(2010, 1), utc(2023, 1)
    with opened(folder, "yelp_academic_dataset_review.json") as lines:
        for line in lines:
            review = json.loads(line)
            when = calendar.timegm(time.strptime(review["date"], "%Y-%m-%d %H:%M:%S"))
            if start <= when < end and review["business_id"] in texts:
                rows.append((when, review["user_id"], review["business_id"], review["stars"], review["stars"] >= 4))
    return rows, texts, 21, (utc(2010, 1), utc(2019, 12), utc(2022, 2))


def movielens(folder):
    texts = {}
    with opened(folder, "movies.dat", "latin-1") as lines:
        for line in lines:
            movie, title, genres = line.rstrip("\n").split("::")
            texts[movie] = (title, "", genres.split("|"))
    rows = []
    with opened(folder, "ratings.dat", "latin-1") as lines:
        for line in lines:
            user, movie, rating, when = line.split("::")
            if movie in texts:
                rows.append((int(when), user, movie, float(rating), float(rating) >= 4))
    return rows, texts, 0, None


def split(rows, windows):
    rows.sort(key=lambda row: row[0])  # stable
    if windows is None:  # rows of one moment stay together
        tenth = len(rows) // 10
        cuts = [len(rows) - 2 * tenth, len(rows) - tenth]
        for i, cut in enumerate(cuts):
            while 0 < cut < len(rows) and rows[cut][0] == rows[cut - 1][0]:
                cut += 1
            cuts[i] = cut
        return [row + ((at >= cuts[0]) + (at >= cuts[1]),) for at, row in enumerate(rows)]
    train = [row + (0,) for row in rows if windows[0] <= row[0] < windows[1]]
    rest = [row for row in rows if windows[1] <= row[0] < windows[2]]
    return train + [row + (1 if at < len(rest) // 2 else 2,) for at, row in enumerate(rest)]


def main(kind, raw, prepared):
    begin = time.perf_counter()
    rows, texts, min_rows, windows = {"amazon": amazon, "yelp": yelp, "ml-1m": movielens}[kind](raw)
    users, items = Counter(row[1] for row in rows), Counter(row[2] for row in rows)
    rows = [row for row in rows if users[row[1]] >= min_rows and items[row[2]] >= min_rows]
    rows = split(rows, windows)
    read = time.perf_counter() - begin
    users, items = sorted({row[1] for row in rows}), sorted({row[2] for row in rows})
    os.makedirs(prepared)
    with open(os.path.join(prepared, "log.inter"), "w") as out:
        out.write("user_id:token\titem_id:token\trating:float\tlabel:float\ttimestamp:float\tsplit:token\n")
        for when, user, item, rating, label, part in rows:
            out.write(f"{user}\t{item}\t{rating}\t{int(label)}\t{when}\t{('train', 'valid', 'test')[part]}\n")
    with open(os.path.join(prepared, "log.item"), "w") as out:
        out.write("item_id:token\ttitle:token_seq\tdescription:token_seq\tkeywords:token_seq\n")
        for item in items:
            title, description, keywords = texts[item]
            out.write(f"{item}\t{title or item}\t{description}\t{', '.join(keywords)}\n")
    seconds = time.perf_counter() - begin
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({
        "kind": kind, "bytes": sum(entry.stat().st_size for entry in os.scandir(raw)), "seconds": seconds, "readSeconds": read,
        "processorSeconds": usage.ru_utime + usage.ru_stime, "peakMiB": usage.ru_maxrss / 1024, "users": len(users), "items": len(items),
        "rows": [sum(1 for row in rows if row[5] == part) for part in range(3)], "likes": sum(1 for row in rows if row[4]),
    }))


if __name__ == "__main__":
    main(*sys.argv[1:])
