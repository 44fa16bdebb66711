#!/usr/bin/env python3
"""Accuracy by layout family, as a Markdown table: sums the scorer's counts per document.

usage: families.py INDEX.jsonl SCORES.json...
INDEX names each document's layout; SCORES are what the corpus' scorer writes with --json. Families group the layouts.
"""
import collections, json, sys

FAMILIES = [
    ("tables", ("html-table", "md-table", "docx")),
    ("tables flattened to text", ("tsv", "pipe", "cell-per-line", "page-")),
    ("blocks of labels", ("labelled", "bare-name", "numbered-blocks")),
    ("headings, cards, bullets", ("heading", "card", "bullet")),
    ("one line or link per SDK", ("one-line", "link-only", "minimal")),
    ("prose", ("prose",)),
]


def family(layout):
    return next((name for name, marks in FAMILIES if any(m in layout for m in marks)), "others")


def share(right, of):
    return f"{right / of:.3f}" if of else "–"


def main():
    layouts = {}
    for line in open(sys.argv[1], encoding="utf-8"):
        document = json.loads(line)
        layouts[document["id"]] = document.get("layout", "")
    sums = collections.defaultdict(collections.Counter)
    for path in sys.argv[2:]:
        for name, one in json.load(open(path, encoding="utf-8"))["documents"].items():
            for key in (family(layouts.get(name, "")), "all"):
                total = sums[key]
                total["documents"] += 1
                for field in ("tp", "fp", "fn", "id_n", "id_ok"):
                    total[field] += one[field]
                for field, (right, of) in one["fields"].items():
                    total[field] += right
                    total[field + "/"] += of
    fields = ["provider", "purpose", "data", "link"]
    print("| family | documents | rows | precision | recall | F1 | identity | " + " | ".join(fields) + " |")
    print("|---" * (7 + len(fields)) + "|")
    for name in [n for n, _ in FAMILIES] + ["others", "all"]:
        s = sums.get(name)
        if not s:
            continue
        tp, fp, fn = s["tp"], s["fp"], s["fn"]
        cells = [name, s["documents"], tp + fn, share(tp, tp + fp), share(tp, tp + fn), share(2 * tp, 2 * tp + fp + fn)]
        cells += [share(s["id_ok"], s["id_n"])] + [share(s[f], s[f + "/"]) for f in fields]
        print("| " + " | ".join(map(str, cells)) + " |")


if __name__ == "__main__":
    main()
