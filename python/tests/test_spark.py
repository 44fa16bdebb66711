"""The engine run: a standalone cluster of a master and two workers on the loopback address, one killed mid-run.

Skipped without PySpark or Java. What is asserted: the results are those of the plain function, each job once,
although a worker dies while it has work.
"""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time

import pytest

pyspark = pytest.importorskip("pyspark")
pytest.importorskip("pyarrow")
if shutil.which("java") is None:
    pytest.skip("Java is not installed", allow_module_level=True)

from pyspark.sql import SparkSession  # noqa: E402

import sdkaudit  # noqa: E402
from test_audit import APK, POLICY  # noqa: E402

JOBS = int(os.environ.get("SDKAUDIT_SPARK_JOBS", "200"))


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port: int) -> None:
    for _ in range(120):
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.5)
    raise TimeoutError(f"nothing listens on port {port}")


@pytest.fixture
def cluster(tmp_path):
    home = pathlib.Path(pyspark.__file__).parent
    port = free_port()
    environment = dict(os.environ, SPARK_LOCAL_IP="127.0.0.1", PYSPARK_PYTHON=sys.executable)
    started = []

    def start(*arguments):
        log = open(tmp_path / f"{len(started)}.log", "w")
        process = subprocess.Popen(
            [home / "bin" / "spark-class", *arguments],
            env=environment, stdout=log, stderr=log, start_new_session=True,
        )
        started.append(process)
        return process

    start("org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", str(port), "--webui-port", "0")
    wait_for(port)
    workers = [
        start("org.apache.spark.deploy.worker.Worker", "--cores", "1", "--memory", "1g", "--webui-port", "0",
              "--work-dir", str(tmp_path / f"work{n}"), f"spark://127.0.0.1:{port}")
        for n in range(2)
    ]
    yield f"spark://127.0.0.1:{port}", workers
    for process in started:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def test_a_killed_worker_loses_nothing(cluster, tmp_path):
    from sdkaudit.arrow import audit_batches

    master, workers = cluster
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    os.environ["PYSPARK_PYTHON"] = sys.executable
    spark = (
        SparkSession.builder.master(master)
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.executor.memory", "512m")
        .config("spark.executor.cores", "1")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "4")
        .getOrCreate()
    )
    try:
        rows = [(str(APK), str(POLICY), n) for n in range(JOBS)]
        jobs = spark.createDataFrame(rows, "package string, policy string, job int").repartition(40)
        started = tmp_path / "started"
        started.mkdir()

        def work(batches):
            (started / f"{os.getpid()}-{time.monotonic_ns()}").touch()
            time.sleep(0.2)  # long enough that the kill falls into the run
            return audit_batches(batches)

        schema = ("package string, policy string, job int, outcome string, cause string, application_id string, "
                  "findings int, high int, medium int, report string")
        results = jobs.mapInArrow(work, schema)
        out = tmp_path / "results"

        def kill():
            while len(list(started.iterdir())) < 8:
                time.sleep(0.05)
            os.killpg(workers[0].pid, signal.SIGKILL)

        import threading

        killer = threading.Thread(target=kill)
        killer.start()
        results.write.parquet(str(out))
        killer.join()
        found = spark.read.parquet(str(out)).collect()
    finally:
        spark.stop()

    assert sorted(r.job for r in found) == list(range(JOBS)), "each job exactly once"
    expected = json.loads(sdkaudit.audit_json(APK, POLICY))
    for row in found:
        assert json.loads(row.report) == expected
