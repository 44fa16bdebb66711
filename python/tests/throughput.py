"""Packages per second of the engine against the plain binary, on the same number of cores and the same jobs.

Usage: throughput.py SDKAUDIT DIRECTORY [REPEATS]

Not a test: it takes minutes, and its figures mean something on an idle machine only. Jobs are the packages of
DIRECTORY, each REPEATS times under a path of its own (links). The engine's time is that of the job, without the start
of the cluster; one small job before it brings the executors up.
"""

import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

from cluster import cluster, session


def main():
    from sdkaudit.arrow import SPARK, audit_batches

    binary, directory = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    repeats = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        store = work / "store"
        store.mkdir()
        for n in range(repeats):
            for package in sorted(directory.iterdir()):
                os.symlink(package, store / f"{n}-{package.name}")
        listing = work / "jobs.txt"
        listing.write_text("".join(f"{p}\n" for p in sorted(store.iterdir())))
        packages = listing.read_text().split()

        def measured():
            begun, used = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
            database = work / f"out-{begun}.db"
            subprocess.run([binary, "batch", str(listing), "-d", str(database), "-w", "2", "--quiet"], check=False)
            wall, after = time.monotonic() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
            return wall, after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime, database

        with cluster(work) as (master, _):
            spark = session(master, spark__sql__execution__arrow__maxRecordsPerBatch="16")
            try:
                schema = f"package string, {SPARK}"
                jobs = work / "jobs.parquet"
                spark.createDataFrame([(p,) for p in packages], "package string").write.parquet(str(jobs))
                warm = spark.createDataFrame([(p,) for p in packages[:8]], "package string").repartition(4)
                warm.mapInArrow(audit_batches, schema).count()
                for round in range(2):
                    wall, cpu, database = measured()
                    print(f"binary, 2 threads: {len(packages)} packages in {wall:.1f} s = {len(packages) / wall:.1f}/s, "
                          f"{cpu:.1f} s CPU", flush=True)
                    begun = time.monotonic()
                    table = spark.read.parquet(str(jobs)).repartition(32)
                    out = work / f"results-{round}.parquet"
                    table.mapInArrow(audit_batches, schema).write.parquet(str(out))
                    wall = time.monotonic() - begun
                    print(f"engine, 2 workers: {len(packages)} packages in {wall:.1f} s = {len(packages) / wall:.1f}/s",
                          flush=True)
                found = {r.package: (r.outcome, r.report) for r in spark.read.parquet(str(out)).collect()}
            finally:
                spark.stop()
        text = subprocess.run([binary, "batch", "export", "--reports", "-d", str(database)],
                              capture_output=True, check=True).stdout
        expected = {r["key"]: (r["outcome"], r.get("report")) for r in map(json.loads, text.splitlines())}
        different = [p for p in packages if expected[p] != found[p]]
        print(f"{len(different)} of {len(packages)} results differ", different[:3])
        return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
