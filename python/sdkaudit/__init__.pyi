"""Types of the sdkaudit bindings."""

from os import PathLike
from typing import Any, Dict, List, Sequence, Union

StrPath = Union[str, "PathLike[str]"]

class AuditError(Exception):
    """The package or a policy could not be opened at all."""

def audit(
    package: Union[StrPath, bytes],
    policy: Union[StrPath, bytes, Sequence[Union[StrPath, bytes]], None] = None,
    *,
    name: str = "package.apk",
    max_seconds: float = 60.0,
) -> Dict[str, Any]:
    """Audits one package; the report as a dict, in the documented JSON schema.

    ``package`` and ``policy`` are paths, addresses (``s3://``, ``gs://``, ``az://``, ``https://``), or bytes that
    are already in memory (``name`` then names the package in the report). Of a package behind an address only the
    ranges are fetched that the audit needs. The interpreter is free while the audit runs.
    """

def audit_json(
    package: Union[StrPath, bytes],
    policy: Union[StrPath, bytes, Sequence[Union[StrPath, bytes]], None] = None,
    *,
    name: str = "package.apk",
    max_seconds: float = 60.0,
) -> str:
    """As ``audit``, as JSON text."""

def audit_row(package: str, policies: Sequence[str] = ...) -> Dict[str, Any]:
    """One job of a batch: ``outcome``, ``cause``, ``application_id``, ``findings``, ``high``, ``medium``,
    ``package_bytes``, ``fetched_bytes`` and ``report`` (JSON text). What is wrong with the package or a policy is the
    job's outcome, never an exception.
    """

def version() -> str:
    """Version of the tool."""

__version__: str
__all__: List[str]
