"""Compares the SDKs an Android package ships with the SDKs its privacy policy declares."""

from ._sdkaudit import AuditError, audit, audit_json, audit_row, version

__all__ = ["AuditError", "audit", "audit_json", "audit_row", "version"]
__version__ = version()
