"""Job tables and results as Parquet, as other tools write and read them. Needs the command line tool, built with the
feature `parquet`: `SDKAUDIT_BIN`, or the newest under `target/`."""

import json
import os
import pathlib
import subprocess

import pytest

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

from test_audit import APK, POLICY, ROOT  # noqa: E402


def binary():
    given = os.environ.get("SDKAUDIT_BIN")
    built = [p for p in (ROOT / "target" / "release" / "sdkaudit", ROOT / "target" / "debug" / "sdkaudit") if p.exists()]
    path = pathlib.Path(given) if given else max(built, key=lambda p: p.stat().st_mtime, default=None)
    if path is None:
        pytest.skip("the command line tool is not built")
    return path


def run(*arguments, codes=(0, 3)):
    done = subprocess.run([binary(), "batch", *map(str, arguments)], capture_output=True, text=True)
    if "feature parquet" in done.stderr:
        pytest.skip("the command line tool is built without the feature parquet")
    assert done.returncode in codes, done.stderr
    return done.stdout


@pytest.mark.parametrize("compression", ["snappy", "zstd", "gzip", "lz4", "none"])
@pytest.mark.parametrize("parts", [1, 2])
def test_a_table_comes_back_with_its_own_columns(tmp_path, compression, parts):
    table = tmp_path / "jobs.parquet"
    rows = [
        {"package": str(APK), "policy": str(POLICY), "market": "华为", "rank": 7, "share": 0.5, "outcome": "mine"},
        {"package": "/nonexistent.apk", "policy": None, "market": None, "rank": None, "share": 1.0, "outcome": "x"},
    ]
    if parts == 1:
        pq.write_table(pa.Table.from_pylist(rows), table, compression=compression)
    else:  # a directory, as engines write it
        table.mkdir()
        (table / "_SUCCESS").touch()
        types = pa.Table.from_pylist(rows).schema
        for number, row in enumerate(rows):
            part = table / f"part-{number:05}.parquet"
            pq.write_table(pa.Table.from_pylist([row], schema=types), part, compression=compression)
    database = tmp_path / "out.db"
    run(table, "-d", database, "--quiet")

    records = [json.loads(line) for line in run("export", "-d", database).splitlines()]
    assert {r["key"]: r["columns"] for r in records} == {
        str(APK): {"market": "华为", "rank": "7", "share": "0.5", "outcome": "mine"},
        "/nonexistent.apk": {"share": "1.0", "outcome": "x"},
    }
    results = tmp_path / "packages.parquet"
    run("export", "-d", database, "--format", "parquet", "--table", "packages", "--reports", "-o", results)
    found = pq.read_table(results)
    assert found.schema.field("findings").type == pa.int64()
    assert found.schema.field("market").type == pa.string()
    by_key = {r["key"]: r for r in found.to_pylist()}
    assert by_key[str(APK)]["market"] == "华为" and by_key[str(APK)]["own_outcome"] == "mine"
    assert by_key[str(APK)]["package_bytes"] == APK.stat().st_size
    assert json.loads(by_key[str(APK)]["report"])["findings"]
    assert by_key["/nonexistent.apk"]["outcome"] == "failed" and by_key["/nonexistent.apk"]["cause"]


def test_every_table_is_the_csv_of_the_same_name(tmp_path):
    import csv
    import io

    database = tmp_path / "out.db"
    run(APK, "-d", database, "--quiet")
    for name in ("findings", "packages", "sdks", "limitations"):
        out = tmp_path / f"{name}.parquet"
        run("export", "-d", database, "--format", "parquet", "--table", name, "-o", out)
        text = run("export", "-d", database, "--format", "csv", "--table", name)
        plain = list(csv.DictReader(io.StringIO(text)))
        typed = pq.read_table(out).to_pylist()
        word = lambda v: "" if v is None else str(v).lower() if isinstance(v, bool) else str(v)  # noqa: E731
        assert [{k: word(v) for k, v in row.items()} for row in typed] == plain, name


def test_a_table_without_packages_is_refused(tmp_path):
    table = tmp_path / "jobs.parquet"
    pq.write_table(pa.table({"market": ["a"]}), table)
    done = subprocess.run([binary(), "batch", str(table), "-d", str(tmp_path / "o.db")], capture_output=True, text=True)
    if "feature parquet" in done.stderr:
        pytest.skip("the command line tool is built without the feature parquet")
    assert done.returncode == 2 and "no column names the package" in done.stderr
