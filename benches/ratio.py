#!/usr/bin/env python3
"""Prints what the tool costs as a multiple of the limit program: CPU time of whole processes, paired in one run.

usage: benches/ratio.py [--repeat N] [--most RATIO] [--only COMMAND] [PACKAGE...]

Without packages: the 20 largest of the corpus beside the project, else the generated ones. Build first:
  cargo build --release --bin sdkaudit --example limit --example generate
Commands take turns, so that whatever else the machine does falls on all of them; the least of N runs counts.
--most fails when the median ratio of `detect`, or of the one command asked for, is above RATIO in three rounds one after
the other: one may be unlucky.
"""
import argparse, os, resource, statistics, subprocess, sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RELEASE = os.path.join(os.environ.get("CARGO_TARGET_DIR", os.path.join(ROOT, "target")), "release")
TOOL = os.environ.get("BIN", os.path.join(RELEASE, "sdkaudit"))
LIMIT = os.path.join(RELEASE, "examples", "limit")


def packages():
    shared = os.environ.get("SDKAUDIT_SHARED", os.path.join(ROOT, "..", "shared"))
    corpus = os.path.join(shared, "apks", "files")
    if os.path.isdir(corpus):
        files = [os.path.join(corpus, f) for f in os.listdir(corpus) if f.endswith(".apk")]
        return sorted(files, key=os.path.getsize)[-20:]
    shapes = os.path.join(ROOT, "target", "shapes")
    subprocess.run([os.path.join(RELEASE, "examples", "generate"), shapes], check=True)
    return [os.path.join(shapes, f) for f in sorted(os.listdir(shapes)) if f.endswith(".apk")]


def cost(command, threads):
    """CPU seconds of one run, and what it needed of memory in KiB."""
    environment = dict(os.environ, RAYON_NUM_THREADS=str(threads))
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 1, 3):
        return None
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--repeat", type=int, default=7)
    arguments.add_argument("--most", type=float)
    arguments.add_argument("--only", choices=NAMES)
    arguments.add_argument("packages", nargs="*")
    options = arguments.parse_args()
    gated = options.only or "detect"
    for _ in range(3 if options.most else 1):
        medians = compare(options)
        if options.most and medians.get(gated, float("inf")) <= options.most:
            return
    if options.most:
        sys.exit(f"the median of {gated} is above {options.most}")


def compare(options):
    """One round over all packages, printed; the median ratio of each command."""
    policy = os.path.join(ROOT, "samples", "01-chinese-table", "policy.html")
    names = [options.only] if options.only else NAMES
    ratios = {}
    print(f"{'package':28} {'limit':>9} " + " ".join(f"{n:>18}" for n in names))
    for path in options.packages or packages():
        best = {}
        for _ in range(options.repeat):
            for name, (command, threads) in commands(path, policy).items():
                got = cost(command, threads) if name in ["limit", *names] else None
                if got:
                    best[name] = min(best.get(name, got), got)
        if "limit" not in best:
            print(f"{os.path.basename(path)[:28]:28} cannot be read by the limit program")
            continue
        floor = best["limit"][0]
        cells = []
        for name in names:
            if name not in best:
                cells.append(f"{'-':>18}")
                continue
            seconds, memory = best[name]
            ratios.setdefault(name, []).append(seconds / floor)
            cells.append(f"{seconds * 1e3:7.1f} {seconds / floor:5.2f}x {memory >> 10:3}M")
        print(f"{os.path.basename(path)[:28]:28} {floor * 1e3:6.1f} ms " + " ".join(cells))
    medians = {name: statistics.median(all) for name, all in ratios.items()}
    print(f"{'median':28} {'':9} " + " ".join(f"{medians[n]:17.2f}x" for n in names if n in medians))
    return medians


NAMES = ["detect", "detect, 2 threads", "behaviour", "check"]


def commands(path, policy):
    return {
        "limit": ([LIMIT, path], 1),
        "detect": ([TOOL, "detect", path, "-f", "json"], 1),
        "detect, 2 threads": ([TOOL, "detect", path, "-f", "json"], 2),
        "behaviour": ([TOOL, "behaviour", path, "-f", "json"], 1),
        "check": ([TOOL, "check", path, "--policy", policy, "-f", "json"], 1),
    }


if __name__ == "__main__":
    main()
