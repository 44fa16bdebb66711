"""Audits over Arrow record batches: a job table in, results out. Fits ``mapInArrow`` of PySpark.

Columns in: ``package`` (path or address) and, if there, ``policy`` (paths or addresses, several separated by ``;``).
All other columns are carried through. Columns out: those, then the ones of ``RESULT``. Of a package behind an
address (``s3://``, ``gs://``, ``az://``, ``https://``) only the ranges are fetched that the audit needs; credentials
come from the environment, as for the command line.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Dict, Iterable, Iterator, Optional

import pyarrow as pa

from . import audit_row as _audit_row

RESULT = pa.schema(
    [
        ("outcome", pa.string()),  # complete, incomplete or failed
        ("cause", pa.string()),  # why it failed
        ("application_id", pa.string()),
        ("findings", pa.int32()),
        ("high", pa.int32()),
        ("medium", pa.int32()),
        ("package_bytes", pa.int64()),
        ("fetched_bytes", pa.int64()),  # of a package behind an address
        ("report", pa.string()),  # the whole report, JSON
    ]
)

#: The columns of ``RESULT`` in the words of Spark's schemas.
SPARK = (
    "outcome string, cause string, application_id string, findings int, high int, medium int, "
    "package_bytes bigint, fetched_bytes bigint, report string"
)


def schema(job: pa.Schema) -> pa.Schema:
    """Schema of the results for a job table's schema."""
    return pa.schema(list(job) + list(RESULT))


def audit_row(package: str, policy: Optional[str] = None) -> Dict[str, object]:
    """One job; whatever goes wrong with it is its result, never an exception."""
    return _audit_row(package, [p.strip() for p in (policy or "").split(";") if p.strip()])


def audit_batch(batch: pa.RecordBatch, threads: int = 1) -> pa.RecordBatch:
    """Results of one record batch of jobs, row by row. More ``threads`` than cores pay where packages are fetched."""
    packages = batch.column("package").to_pylist()
    policies = batch.column("policy").to_pylist() if "policy" in batch.schema.names else [None] * len(packages)
    if threads > 1:
        with ThreadPoolExecutor(threads) as pool:
            rows = list(pool.map(audit_row, packages, policies))
    else:
        rows = [audit_row(package, policy) for package, policy in zip(packages, policies)]
    results = [pa.array([row[field.name] for row in rows], type=field.type) for field in RESULT]
    return pa.RecordBatch.from_arrays(list(batch.columns) + results, schema=schema(batch.schema))


def audit_batches(batches: Iterable[pa.RecordBatch], threads: int = 1) -> Iterator[pa.RecordBatch]:
    """What ``DataFrame.mapInArrow`` calls on each worker."""
    for batch in batches:
        yield audit_batch(batch, threads)


__all__ = ["RESULT", "SPARK", "audit_batch", "audit_batches", "audit_row", "schema"]
