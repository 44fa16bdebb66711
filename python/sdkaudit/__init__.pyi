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

    ``package`` and ``policy`` are paths, or bytes that are already in memory (``name`` then names the
    package in the report). The interpreter is free while the audit runs.
    """

def audit_json(
    package: Union[StrPath, bytes],
    policy: Union[StrPath, bytes, Sequence[Union[StrPath, bytes]], None] = None,
    *,
    name: str = "package.apk",
    max_seconds: float = 60.0,
) -> str:
    """As ``audit``, as JSON text."""

def version() -> str:
    """Version of the tool."""

__version__: str
__all__: List[str]
