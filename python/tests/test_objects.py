"""Packages in an S3-compatible store: moto speaks the real dialect, signatures, ranges and entity tags included."""

import json
import os

import pytest

moto = pytest.importorskip("moto.server", reason="moto[server] is not installed")
boto3 = pytest.importorskip("boto3")

import sdkaudit  # noqa: E402
from test_audit import APK, POLICY  # noqa: E402


@pytest.fixture(scope="module")
def store():
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    os.environ.update(
        AWS_ENDPOINT_URL=f"http://{host}:{port}", AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test",
        AWS_REGION="us-east-1", AWS_DEFAULT_REGION="us-east-1",
    )
    client = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
    client.create_bucket(Bucket="apps")
    client.upload_file(str(APK), "apps", "store/" + APK.name)
    client.upload_file(str(POLICY), "apps", "policies/" + POLICY.name)
    yield client
    server.stop()


def plain(report):
    """A report without what names and identities make different."""
    return {k: v for k, v in report.items() if k != "inputs"}


def test_an_object_gives_the_report_of_the_file(store):
    expected = sdkaudit.audit(APK, POLICY)
    found = sdkaudit.audit(f"s3://apps/store/{APK.name}", f"s3://apps/policies/{POLICY.name}")
    assert plain(found) == plain(expected)
    row = sdkaudit.audit_row(f"s3://apps/store/{APK.name}", [f"s3://apps/policies/{POLICY.name}"])
    assert row["outcome"] in ("complete", "incomplete"), row["cause"]
    assert plain(json.loads(row["report"])) == plain(expected)
    assert row["package_bytes"] == APK.stat().st_size
    assert 0 < row["fetched_bytes"] <= row["package_bytes"]


def test_rows_are_fetched_side_by_side(store):
    pa = pytest.importorskip("pyarrow")
    from sdkaudit import arrow

    jobs = pa.RecordBatch.from_pydict({"package": [f"s3://apps/store/{APK.name}"] * 6 + ["s3://apps/none.apk"]})
    rows = arrow.audit_batch(jobs, threads=4).to_pylist()
    assert [r["outcome"] for r in rows[:6]] == [rows[0]["outcome"]] * 6 and rows[0]["report"]
    assert rows[6]["outcome"] == "failed" and "no such object" in rows[6]["cause"]


def test_what_the_store_refuses_is_said(store):
    with pytest.raises(sdkaudit.AuditError, match="no such object"):
        sdkaudit.audit("s3://apps/none.apk")
    with pytest.raises(sdkaudit.AuditError):
        sdkaudit.audit("nowhere://apps/none.apk")
