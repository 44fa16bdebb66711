"""The bindings on the shipped samples."""

import pathlib
import threading

import pytest

import sdkaudit
from sdkaudit import arrow

ROOT = pathlib.Path(__file__).parents[2]
SAMPLE = sorted((ROOT / "samples").iterdir())[0]
APK = SAMPLE / "app.apk"
POLICY = next(p for p in sorted(SAMPLE.iterdir()) if p.stem == "policy")


def test_a_path_and_its_bytes_give_the_same_findings():
    by_path = sdkaudit.audit(APK, POLICY)
    by_bytes = sdkaudit.audit(APK.read_bytes(), [POLICY.read_bytes()], name=APK.name)
    assert by_path["findings"]
    assert [f["fingerprint"] for f in by_path["findings"]] == [f["fingerprint"] for f in by_bytes["findings"]]
    assert by_path["app"] == by_bytes["app"]


def test_what_cannot_be_opened_raises_with_the_cause():
    with pytest.raises(sdkaudit.AuditError, match="not an Android package"):
        sdkaudit.audit(b"no package at all")
    with pytest.raises(sdkaudit.AuditError, match="cannot read"):
        sdkaudit.audit("/nonexistent.apk")
    with pytest.raises(TypeError):
        sdkaudit.audit(3)


def test_the_interpreter_is_free_meanwhile():
    reports = []
    threads = [threading.Thread(target=lambda: reports.append(sdkaudit.audit_json(APK, POLICY))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(reports) == 4 and len(set(reports)) == 1


def test_a_batch_keeps_foreign_columns_and_failures():
    pa = pytest.importorskip("pyarrow")
    jobs = pa.RecordBatch.from_pydict(
        {"package": [str(APK), "/nonexistent.apk"], "policy": [str(POLICY), None], "market": ["a", "b"]}
    )
    results = arrow.audit_batch(jobs).to_pylist()
    assert [r["market"] for r in results] == ["a", "b"]
    assert results[0]["outcome"] in ("complete", "incomplete") and results[0]["findings"] > 0
    assert results[1]["outcome"] == "failed" and "cannot read" in results[1]["cause"]
