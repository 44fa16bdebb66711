"""Audits over Arrow record batches: a job table in, results out. Fits ``mapInArrow`` of PySpark.

Columns in: ``package`` (path or address) and, if there, ``policy`` (path or address, several separated by ``;``).
All other columns are carried through. Columns out: those, then the ones of ``RESULT``.
"""

import json
import os
import urllib.request
from typing import Callable, Dict, Iterable, Iterator, List, Optional

import pyarrow as pa

from . import AuditError, audit_json

RESULT = pa.schema(
    [
        ("outcome", pa.string()),  # complete, incomplete or failed
        ("cause", pa.string()),  # why it failed
        ("application_id", pa.string()),
        ("findings", pa.int32()),
        ("high", pa.int32()),
        ("medium", pa.int32()),
        ("report", pa.string()),  # the whole report, JSON
    ]
)

Fetch = Callable[[str], bytes]


def fetch(address: str) -> bytes:
    """The bytes at a path or an http(s) address; give your own function for object stores."""
    if "://" in address:
        with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310 - addresses come from the job table
            return answer.read()
    with open(address, "rb") as file:
        return file.read()


def schema(job: pa.Schema) -> pa.Schema:
    """Schema of the results for a job table's schema."""
    return pa.schema(list(job) + list(RESULT))


def audit_row(package: str, policy: Optional[str], get: Fetch = fetch) -> Dict[str, object]:
    """One job; whatever goes wrong with it is its result, never an exception."""
    row: Dict[str, object] = dict.fromkeys(RESULT.names)
    try:
        policies: List[bytes] = [get(p) for p in (policy or "").split(";") if p]
        # A local file is mapped, not read: a large package then costs no memory.
        source = get(package) if "://" in package else package
        text = audit_json(source, policies, name=os.path.basename(package))
    except (AuditError, OSError) as error:
        row.update(outcome="failed", cause=str(error))
        return row
    report = json.loads(text)
    findings = [f for f in report["findings"] if not f.get("suppressed")]
    row.update(
        outcome="complete" if report["complete"] else "incomplete",
        application_id=(report.get("app") or {}).get("id"),
        findings=len(findings),
        high=sum(f["severity"] == "high" for f in findings),
        medium=sum(f["severity"] == "medium" for f in findings),
        report=text,
    )
    return row


def audit_batch(batch: pa.RecordBatch, get: Fetch = fetch) -> pa.RecordBatch:
    """Results of one record batch of jobs, row by row."""
    packages = batch.column("package").to_pylist()
    policies = batch.column("policy").to_pylist() if "policy" in batch.schema.names else [None] * len(packages)
    rows = [audit_row(package, policy, get) for package, policy in zip(packages, policies)]
    results = [pa.array([row[field.name] for row in rows], type=field.type) for field in RESULT]
    return pa.RecordBatch.from_arrays(list(batch.columns) + results, schema=schema(batch.schema))


def audit_batches(batches: Iterable[pa.RecordBatch], get: Fetch = fetch) -> Iterator[pa.RecordBatch]:
    """What ``DataFrame.mapInArrow`` calls on each worker."""
    for batch in batches:
        yield audit_batch(batch, get)


__all__ = ["RESULT", "audit_batch", "audit_batches", "audit_row", "fetch", "schema"]
