#!/usr/bin/env python3
"""Measures `sdkaudit batch`: packages per second and CPU by workers, peak memory, cost per package by their number.

Usage: batch.py SDKAUDIT PACKAGES POLICIES [LARGEST]

Every package goes with a policy, in turn. The smaller packages are then linked under names of their own as often as
needed (100, 1,000, 10,000; LARGEST cuts the list), so that every policy meets every package. CPU time counts beside wall time: on a machine that does other work, only CPU time means something.
"""

import csv
import os
import pathlib
import sys
import tempfile
import time


def run(arguments):
    """Wall and CPU seconds, and peak resident bytes, of one process."""
    begun = time.monotonic()
    child = os.posix_spawn(arguments[0], arguments, os.environ)
    _, status, used = os.wait4(child, 0)
    if os.waitstatus_to_exitcode(status) not in (0, 3):
        sys.exit(f"failed: {arguments}")
    return time.monotonic() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024


def main():
    binary, packages, policies = sys.argv[1], pathlib.Path(sys.argv[2]).resolve(), pathlib.Path(sys.argv[3]).resolve()
    largest = int(sys.argv[4]) if len(sys.argv) > 4 else 10_000
    corpus = sorted(p for p in packages.iterdir() if p.is_file())
    texts = sorted(p for p in policies.iterdir() if p.is_file())
    total = sum(p.stat().st_size for p in corpus)
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)

        def batch(inputs, label, workers):
            database, table = work / f"{label}.db", work / f"{label}.csv"
            with open(table, "w", newline="") as file:
                rows = csv.writer(file)
                rows.writerow(["package", "policy"])
                rows.writerows((package, texts[n % len(texts)]) for n, package in enumerate(inputs))
            arguments = [binary, "batch", str(table), "-d", str(database), "-w", str(workers), "-q"]
            wall, cpu, peak = run(arguments)
            size = database.stat().st_size
            for ending in ("", "-wal", "-shm"):
                pathlib.Path(f"{database}{ending}").unlink(missing_ok=True)
            return wall, cpu, peak, size

        print(f"{len(corpus)} packages, {len(texts)} policies, {total / 1e6:.1f} MB; 1-minute load before: {os.getloadavg()[0]:.1f}")
        print("| workers | run | wall s | CPU s | packages/s | packages per CPU s | peak MiB |\n|---:|---:|---:|---:|---:|---:|---:|")
        for attempt in range(3):
            for workers in (1, 2):
                wall, cpu, peak, _ = batch(corpus, "corpus", workers)
                print(f"| {workers} | {attempt + 1} | {wall:.2f} | {cpu:.2f} | {len(corpus) / wall:.1f} | {len(corpus) / cpu:.1f} "
                      f"| {peak / 2**20:.0f} |", flush=True)

        # Small ones, each as often as the next: the mix is the same for every number.
        small = sorted(corpus, key=lambda p: p.stat().st_size)[: len(corpus) // 2]
        print(f"\nlinks of the {len(small)} smaller packages, 2 workers")
        print("| packages | wall s | CPU s | CPU ms each | peak MiB | database bytes each |\n|---:|---:|---:|---:|---:|---:|")
        for number in (n for n in (100, 1_000, 10_000) if n <= largest):
            store = work / f"store-{number}"
            store.mkdir()
            links = []
            for n in range(number):
                source = small[n % len(small)]
                links.append(store / f"org.example.app{n:05}{source.suffix}")
                os.symlink(source, links[-1])
            wall, cpu, peak, size = batch(links, f"links-{number}", 2)
            print(f"| {number} | {wall:.2f} | {cpu:.2f} | {1000 * cpu / number:.1f} | {peak / 2**20:.0f} | {size / number:.0f} |",
                  flush=True)


if __name__ == "__main__":
    main()
