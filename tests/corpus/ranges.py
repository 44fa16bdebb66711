#!/usr/bin/env python3
"""Fetches packages from a local S3 server in ranges and compares the results with those of whole files.

Usage: ranges.py SDKAUDIT DIRECTORY [POLICIES]   (needs boto3 and moto[server]; the binary needs `object-store`)

Prints what was fetched, by size of package, and every package whose result differs; exits with 1 if one does.
"""

import json
import logging
import os
import pathlib
import subprocess
import sys
import tempfile
import time


def export(binary, database):
    text = subprocess.run([binary, "batch", "export", "--reports", "-d", database], capture_output=True, check=True).stdout
    return {os.path.basename(r["key"]): r for r in map(json.loads, text.splitlines())}


def result(record):
    """What must be equal: everything but names, identities and traffic. What could not be opened has no more than
    its outcome."""
    report = json.loads(record.get("report") or "{}")
    report.pop("inputs", None)
    kept = {k: v for k, v in record.items()
            if k not in ("key", "cause", "sha256", "fetched_bytes", "requests", "inputs", "report", "package_bytes")}
    return {"record": kept, "report": report}


def main():
    binary, directory = sys.argv[1], pathlib.Path(sys.argv[2])
    policies = ["--policies", sys.argv[3]] if len(sys.argv) > 3 else []
    try:
        import boto3
        from moto.server import ThreadedMotoServer
    except ImportError as missing:
        print(f"skipped: {missing}")
        return 0
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    environment = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1", "AWS_REGION": "us-east-1",
    }
    os.environ.update(environment)
    store = boto3.client("s3", endpoint_url=environment["AWS_ENDPOINT_URL"])
    store.create_bucket(Bucket="apps")
    names = sorted(p for p in directory.iterdir() if p.is_file())
    for path in names:
        store.upload_file(str(path), "apps", path.name)
    with tempfile.TemporaryDirectory() as work:
        whole, ranged = os.path.join(work, "whole.db"), os.path.join(work, "ranged.db")
        listing = pathlib.Path(work, "objects.txt")
        listing.write_text("".join(f"s3://apps/{p.name}\n" for p in names))
        times = []
        for inputs, database in ((directory, whole), (listing, ranged)):
            begun = time.monotonic()
            subprocess.run([binary, "batch", str(inputs), "-d", database, "--quiet", *policies], check=False)
            times.append(time.monotonic() - begun)
        whole, ranged = export(binary, whole), export(binary, ranged)
    server.stop()

    bands = [(0, 1 << 20), (1 << 20, 4 << 20), (4 << 20, 16 << 20), (16 << 20, 1 << 40)]
    print(f"{len(ranged)} packages; whole files {times[0]:.1f} s, ranges from the local server {times[1]:.1f} s")
    print("| package | packages | bytes | fetched | share | requests each |\n|---|---:|---:|---:|---:|---:|")
    fetched = [r for r in ranged.values() if "fetched_bytes" in r]
    for low, high in bands + [(0, 1 << 50)]:
        rows = [r for r in fetched if low <= r["package_bytes"] < high]
        if rows:
            size, got = sum(r["package_bytes"] for r in rows), sum(r["fetched_bytes"] for r in rows)
            name = "all" if high == 1 << 50 else f"{low >> 20} to {high >> 20} MiB" if high < 1 << 40 else f"over {low >> 20} MiB"
            print(f"| {name} | {len(rows)} | {size} | {got} | {100 * got / size:.1f} % | "
                  f"{sum(r['requests'] for r in rows) / len(rows):.1f} |")
    wrong = 0
    for name in sorted(set(whole) | set(ranged)):
        if name not in whole or name not in ranged:
            print(f"{name}: missing in one of the runs")
            wrong += 1
            continue
        a, b = result(whole[name]), result(ranged[name])
        if a != b:
            wrong += 1
            parts = [k for k in a["record"] if a["record"][k] != b["record"].get(k)] + \
                    [k for k in a["report"] if a["report"][k] != b["report"].get(k)]
            print(f"{name}: differs in {', '.join(parts)} {whole[name].get('cause')} {ranged[name].get('cause')}")
    print(f"{wrong} of {len(whole)} results differ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
