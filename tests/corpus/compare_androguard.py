"""Compares `sdkaudit behaviour -f csv` with androguard's cross references: the same (calling class, API) pairs?

usage: compare_androguard.py SDKAUDIT APK... ; needs androguard 4 (pip install androguard)
Methods of the catalogue are compared. Androguard reads the package's own classes*.dex only, and does not follow
calls through subclasses; what it therefore lacks is listed under "ours".
"""
import csv, io, os, re, subprocess, sys

from loguru import logger

logger.remove()
from androguard.core.analysis.analysis import Analysis
from androguard.core.apk import APK
from androguard.core.dex import DEX

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from catalogue import calls


def theirs(path, methods):
    analysis = Analysis()
    for data in APK(path).get_all_dex():
        analysis.add(DEX(data))
    analysis.create_xref()
    out = set()
    for m in analysis.get_methods():
        api = methods.get((m.class_name, m.name))
        if api:
            out |= {(caller.name[1:-1].replace("/", "."), api) for caller, *_ in m.get_xref_from()}
    return out


def ours(tool, path, methods):
    text = subprocess.run([tool, "behaviour", path, "-f", "csv"], capture_output=True, text=True).stdout
    known = set(methods.values())
    own = re.compile(r"[^!]+!classes\d*\.dex")
    rows = csv.DictReader(io.StringIO(text))
    return {(r["class"], r["api"]) for r in rows if r["api"] in known and r["method"] and own.fullmatch(r["file"])}


def main():
    tool, paths = sys.argv[1], sys.argv[2:]
    methods, total = calls(), [0, 0, 0]
    for path in paths:
        a, b = ours(tool, path, methods), theirs(path, methods)
        print(os.path.basename(path), len(a & b), "same,", len(a - b), "ours only,", len(b - a), "theirs only", flush=True)
        for side, pairs in (("ours", a - b), ("theirs", b - a)):
            for pair in sorted(pairs):
                print("  ", side, *pair)
        total = [t + n for t, n in zip(total, (len(a & b), len(a - b), len(b - a)))]
    print(len(paths), "packages:", total[0], "same,", total[1], "ours only,", total[2], "theirs only")


if __name__ == "__main__":
    main()
