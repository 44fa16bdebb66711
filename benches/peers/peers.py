"""The same questions to peers, on the same packages: CPU seconds of whole processes, as multiples of `sdkaudit detect`.

Questions: permissions and the SDKs by class prefix (exodus-core's static analysis), all classes and strings of the
dex files (androguard), marks of compilers and packers (APKiD), class names (dexdump and grep), classes (the crate
`dex`), permissions (aapt2), decoding (apktool). usage: see run.sh
"""
import os, shutil, statistics, subprocess, sys, tempfile, zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from ratio import LIMIT, TOOL, cost, packages  # noqa: E402

EXODUS = """
import sys
from exodus_core.analysis.static_analysis import StaticAnalysis
a = StaticAnalysis(sys.argv[1])
a.load_apk()
print(a.get_permissions(), len(a.get_embedded_classes()))
"""
ANDROGUARD = """
import sys
from loguru import logger
logger.remove()
from androguard.misc import AnalyzeAPK
a, d, dx = AnalyzeAPK(sys.argv[1])
print(a.get_permissions(), len(list(dx.get_classes())))
"""


def runs(path, work):
    """Name of the peer -> command, of those that are here."""
    out = {"limit": [LIMIT, path], "sdkaudit detect": [TOOL, "detect", path, "-f", "json"]}
    python = sys.executable
    for name, module, program in [("exodus-core", "exodus_core", EXODUS), ("androguard", "androguard", ANDROGUARD)]:
        if subprocess.run([python, "-c", f"import {module}"], capture_output=True).returncode == 0:
            out[name] = [python, "-c", program, path]
    apkid = os.path.join(os.path.dirname(python), "apkid")
    if os.path.exists(apkid):
        out["apkid"] = [apkid, "-j", path]
    crate = os.path.join(os.path.dirname(HERE), "..", "target", "peers", "dex", "release", "dex-peer")
    if os.path.exists(crate):
        out["crate dex, names"] = [crate, path]
        out["crate dex, classes"] = [crate, path, "whole"]
    if shutil.which("dexdump"):
        dexes = os.path.join(work, os.path.basename(path))
        os.makedirs(dexes, exist_ok=True)
        archive = zipfile.ZipFile(path)
        names = [n for n in archive.namelist() if n.startswith("classes") and n.endswith(".dex")]
        for name in names:
            archive.extract(name, dexes)
        files = " ".join(os.path.join(dexes, n) for n in names)
        out["dexdump | grep"] = ["sh", "-c", f"dexdump {files} | grep -c 'Class descriptor'"]
    if shutil.which("aapt2"):
        out["aapt2"] = ["aapt2", "dump", "permissions", path]
    if shutil.which("apktool"):
        out["apktool d"] = ["apktool", "-q", "d", "-f", "-o", os.path.join(work, "decoded"), path]
    return out


def main():
    table = {}
    with tempfile.TemporaryDirectory() as work:
        for path in sys.argv[1:] or packages()[-5:]:
            taken = {}
            for name, command in runs(path, work).items():
                repeat = 7 if name in ("limit", "sdkaudit detect") else 1
                got = [c for c in (cost(command, 1) for _ in range(repeat)) if c]
                if got:
                    taken[name] = min(got)[0]
            own = taken.get("sdkaudit detect")
            if not own:
                print(f"{path}: not read by sdkaudit")
                continue
            print(os.path.basename(path))
            for name, seconds in taken.items():
                table.setdefault(name, []).append(seconds / own)
                print(f"  {name:18} {seconds * 1e3:10.1f} ms {seconds / own:9.1f}x")
    print("median of the ratios to `sdkaudit detect`")
    for name, ratios in table.items():
        print(f"  {name:18} {statistics.median(ratios):9.1f}x")


if __name__ == "__main__":
    main()
