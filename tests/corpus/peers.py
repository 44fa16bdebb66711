#!/usr/bin/env python3
"""Compares permissions, components, class counts and signing with aapt, androguard and dexdump over real packages.

Usage: peers.py [DIRECTORY of packages, default ../shared/apks/files] [--verbose]
Needs the debug or release binary, Debian's aapt and dexdump, and a Python with androguard (pip install androguard).
Prints one row per question and peer: equal, explained (different for a known cause), different, failed by whom.
The known cause: `<android:uses-permission>`, a namespace on the element itself. Android's parser compares local names,
so it is a request; androguard and a literal reading of aapt's tree look for the name without a namespace.
"""
import hashlib
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARY = next((p for p in (ROOT / "target/release/sdkaudit", ROOT / "target/debug/sdkaudit") if p.exists()), None)
ANDROID = "{http://schemas.android.com/apk/res/android}"


def ours(path):
    run = subprocess.run([BINARY, "inventory", path, "--format", "json"], capture_output=True)
    if run.returncode not in (0, 3):
        return None
    data = json.loads(run.stdout)
    return {
        "permissions": sorted({p["name"] for p in data["manifest"]["permissions"]}),
        "components": Counter(c["kind"] for c in data["manifest"]["components"]),
        "names": sorted((c["kind"], c["class"]) for c in data["manifest"]["components"]),
        "dex": {c["path"].split("!", 1)[1]: c["class_count"] for c in data["code"] if c["loaded"]},
        "signing": signing(data["app"].get("signing")),
        "limitations": [l["kind"] for l in data["limitations"]],
    }


def signing(found):
    """Schemes that androguard knows, and certificates; v3.1 holds the same certificates as v3."""
    found = found or {"schemes": [], "certificates": []}
    return sorted(s for s in found["schemes"] if s != "v3.1") + sorted(c["sha256"] for c in found["certificates"])


def aapt(path):
    run = subprocess.run(["aapt", "dump", "xmltree", path, "AndroidManifest.xml"], capture_output=True, text=True, errors="replace")
    if run.returncode or "E: manifest" not in run.stdout:
        return None
    permissions, namespaced, kinds, stack, current = set(), set(), Counter(), [], None
    for line in run.stdout.splitlines():
        indent = len(line) - len(line.lstrip())
        element = re.match(r"\s*E: (\S+)", line)
        if element:
            while stack and stack[-1][0] >= indent:
                stack.pop()
            current = element.group(1)
            parent = stack[-1][1] if stack else None
            stack.append((indent, current))
            kind = {"activity": "activity", "activity-alias": "activity", "service": "service",
                    "receiver": "receiver", "provider": "provider"}.get(current)
            if kind and parent == "application":
                kinds[kind] += 1
        name = re.match(r'\s*A: (?:android:)?name(?:\(0x01010003\))?="([^"]*)"', line)
        if name and current in ("uses-permission", "uses-permission-sdk-23", "uses-permission-sdk-m"):
            permissions.add(name.group(1))
        elif name and current == "android:uses-permission":
            namespaced.add(name.group(1))
    return {"permissions": sorted(permissions), "namespaced": namespaced, "components": kinds}


def androguard(path):
    try:
        from androguard.core.apk import APK
        from loguru import logger
        logger.remove()
        apk = APK(str(path))
        root = apk.get_android_manifest_xml()
        if root is None:
            return None
        name = lambda e: e.get(ANDROID + "name")
        permissions = {name(e) for tag in ("uses-permission", "uses-permission-sdk-23", "uses-permission-sdk-m")
                       for e in root.findall(tag)} - {None}
        kinds = Counter()
        for application in root.findall("application"):
            for tag, kind in (("activity", "activity"), ("activity-alias", "activity"), ("service", "service"),
                              ("receiver", "receiver"), ("provider", "provider")):
                kinds[kind] += len(application.findall(tag))
        kinds += Counter()
        namespaced = {name(e) for e in root.findall(ANDROID + "uses-permission")} - {None}
        return {"permissions": sorted(permissions), "namespaced": namespaced, "components": kinds,
                "signing": certificates(apk)}
    except Exception:
        return None


def certificates(apk):
    """Schemes and certificate digests as androguard reads them; none where it cannot."""
    try:
        digest = lambda der: hashlib.sha256(der).hexdigest()
        schemes = [s for s, there in (("v1", apk.is_signed_v1()), ("v2", apk.is_signed_v2()), ("v3", apk.is_signed_v3())) if there]
        found = {digest(apk.get_certificate_der(n)) for n in apk.get_signature_names()}
        found |= {digest(der) for der in (apk.get_certificates_der_v2() or [])} if "v2" in schemes else set()
        found |= {digest(der) for der in (apk.get_certificates_der_v3() or [])} if "v3" in schemes else set()
        return schemes + sorted(found)
    except Exception:
        return None


def dexdump(path):
    """Class definitions by dex entry: the `class_defs_size` that dexdump prints after it has parsed the file."""
    out = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.namelist():
                if not re.fullmatch(r"(?:[\w.]+/dex/)?classes\d*\.dex", entry):
                    continue
                try:
                    data = archive.read(entry)
                except Exception:
                    out[entry] = None
                    continue
                with tempfile.NamedTemporaryFile(suffix=".dex") as file:
                    file.write(data)
                    file.flush()
                    run = subprocess.run(["dexdump", "-f", file.name], capture_output=True, text=True, errors="replace")
                    size = re.search(r"class_defs_size\s*:\s*(\d+)", run.stdout)
                    listed = len(re.findall(r"^  Class descriptor\s*:", run.stdout, re.M))
                    out[entry] = listed if size and int(size.group(1)) == listed else None
    except Exception:
        return None
    return out


def main():
    arguments = [a for a in sys.argv[1:] if not a.startswith("-")]
    verbose = "--verbose" in sys.argv
    directory = Path(arguments[0]) if arguments else ROOT / "../shared/apks/files"
    if not directory.is_dir() or BINARY is None:
        print(f"skipped: {directory if BINARY else 'target/{release,debug}/sdkaudit'} is not here")
        return 0
    table = defaultdict(Counter)
    different = []
    for path in sorted(directory.iterdir()):
        mine = ours(path)
        bundle = path.suffix == ".aab"
        for peer, read in (("aapt", aapt), ("androguard", androguard)):
            if bundle:
                continue
            theirs = read(path)
            for question in ("permissions", "components", "signing"):
                if question == "signing" and peer == "aapt":
                    continue
                key = (question, peer)
                answer = theirs and theirs.get(question)
                if answer is None or mine is None:
                    table[key]["both failed" if answer is None and mine is None else
                               "peer failed" if answer is None else "we failed"] += 1
                elif mine[question] == answer:
                    table[key]["equal"] += 1
                elif question == "permissions" and set(mine[question]) == set(answer) | theirs["namespaced"]:
                    table[key]["explained"] += 1
                else:
                    table[key]["different"] += 1
                    different.append((path.name, *key, mine[question], theirs[question], mine["limitations"]))
        theirs = dexdump(path)
        for entry, count in (theirs or {}).items():
            key = ("classes (per dex)", "dexdump")
            own = (mine or {"dex": {}})["dex"].get(entry)
            if count is None:
                table[key]["peer failed" if own is not None else "both failed"] += 1
            elif own == count:
                table[key]["equal"] += 1
            else:
                table[key]["different"] += 1
                different.append((path.name, *key, {entry: own}, {entry: count}, (mine or {}).get("limitations")))
    columns = ("equal", "explained", "different", "peer failed", "we failed", "both failed")
    print(f"{'question':20} {'peer':12} " + " ".join(f"{c:>12}" for c in columns))
    for (question, peer), row in sorted(table.items()):
        print(f"{question:20} {peer:12} " + " ".join(f"{row[c]:12}" for c in columns))
    for name, question, peer, a, b, limitations in different:
        if isinstance(a, list):
            print(f"{name} {question} {peer}: only ours {sorted(set(a) - set(b))}, only theirs {sorted(set(b) - set(a))} {limitations}")
        else:
            print(f"{name} {question} {peer}: ours {dict(a)}, theirs {dict(b)} {limitations}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
