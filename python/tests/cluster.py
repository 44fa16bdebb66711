"""A standalone Spark cluster on the loopback address: a master and workers of one core each."""

import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

import pyspark


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port: int) -> None:
    for _ in range(240):
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.5)
    raise TimeoutError(f"nothing listens on port {port}")


@contextlib.contextmanager
def cluster(directory: pathlib.Path, workers: int = 2):
    """Yields the master's address and the worker processes, each the leader of a group with its executors."""
    home = pathlib.Path(pyspark.__file__).parent
    port = free_port()
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    os.environ["PYSPARK_PYTHON"] = sys.executable
    started = []

    def start(*arguments):
        with open(directory / f"{len(started)}.log", "w") as log:
            process = subprocess.Popen(
                [home / "bin" / "spark-class", *arguments],
                env=dict(os.environ, SPARK_HOME=str(home)), stdout=log, stderr=log, start_new_session=True,
            )
        started.append(process)
        return process

    try:
        start("org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", str(port), "--webui-port", "0")
        wait_for(port)
        processes = [
            start("org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1", "--cores", "1", "--memory", "1g",
                  "--webui-port", "0", "--work-dir", str(directory / f"work{n}"), f"spark://127.0.0.1:{port}")
            for n in range(workers)
        ]
        yield f"spark://127.0.0.1:{port}", processes
    finally:
        for process in started:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def session(master: str, **settings):
    """A session whose executors have one core each."""
    from pyspark.sql import SparkSession

    builder = (
        SparkSession.builder.master(master)
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.ui.enabled", "false")
        .config("spark.executor.memory", "512m")
        .config("spark.executor.cores", "1")
    )
    for name, value in settings.items():
        builder = builder.config(name.replace("__", "."), value)
    return builder.getOrCreate()
