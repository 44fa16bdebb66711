"""The engine run: a standalone cluster of a master and two workers on the loopback address, one killed mid-run.

Skipped without PySpark or Java. What is asserted: the results are those of the plain function, each job once,
although a worker dies while it has work.
"""

import json
import os
import shutil
import signal
import threading
import time

import pytest

pytest.importorskip("pyspark")
pytest.importorskip("pyarrow")
if shutil.which("java") is None:
    pytest.skip("Java is not installed", allow_module_level=True)

import sdkaudit  # noqa: E402
from cluster import cluster, session  # noqa: E402
from test_audit import APK, POLICY  # noqa: E402

JOBS = int(os.environ.get("SDKAUDIT_SPARK_JOBS", "200"))


def test_a_killed_worker_loses_nothing(tmp_path):
    from sdkaudit.arrow import SPARK, audit_batches

    started = tmp_path / "started"
    started.mkdir()

    def work(batches):
        (started / f"{os.getpid()}-{time.monotonic_ns()}").touch()
        time.sleep(0.2)  # long enough that the kill falls into the run
        return audit_batches(batches)

    with cluster(tmp_path) as (master, workers):
        spark = session(master, spark__sql__execution__arrow__maxRecordsPerBatch="4")
        try:
            jobs = tmp_path / "jobs.parquet"
            rows = [(str(APK), str(POLICY), n) for n in range(JOBS - 1)] + [("/nonexistent.apk", None, JOBS - 1)]
            spark.createDataFrame(rows, "package string, policy string, job int").write.parquet(str(jobs))
            table = spark.read.parquet(str(jobs)).repartition(40)
            out = tmp_path / "results.parquet"
            killed_at = []

            def kill():
                deadline = time.monotonic() + 300
                while len(list(started.iterdir())) < 8 and time.monotonic() < deadline:
                    time.sleep(0.05)
                os.killpg(workers[0].pid, signal.SIGKILL)
                killed_at.append(len(list(started.iterdir())))

            killer = threading.Thread(target=kill)
            killer.start()
            table.mapInArrow(work, f"package string, policy string, job int, {SPARK}").write.parquet(str(out))
            killer.join()
            found = spark.read.parquet(str(out)).collect()
        finally:
            spark.stop()

    assert 8 <= killed_at[0] < 40, f"the kill fell into the run: {killed_at[0]} of 40 tasks had begun"
    assert workers[0].returncode is not None
    assert sorted(r.job for r in found) == list(range(JOBS)), "each job exactly once"
    expected = sdkaudit.audit_row(str(APK), [str(POLICY)])
    assert expected["findings"] > 0
    for row in found:
        if row.job == JOBS - 1:
            assert row.outcome == "failed" and row.cause and row.report is None
            continue
        assert {name: row[name] for name in expected if name != "report"} == {
            name: value for name, value in expected.items() if name != "report"
        }
        assert json.loads(row.report) == json.loads(expected["report"])
