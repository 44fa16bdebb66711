"""Draws attributed calls at random and looks each up in the text of `dexdump -d`.

usage: check_dexdump.py SDKAUDIT COUNT APK... ; needs dexdump (Debian package dexdump)
A call is right when dexdump shows, in the named method of the named class, an instruction that names the
catalogue's member or string.
"""
import collections, csv, io, os, random, re, subprocess, sys, tempfile, zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from catalogue import entries


def instructions(dexdump, path, cache={}):
    """{(class, method): [instruction text]} of one classesN.dex of an APK."""
    apk, entry = path
    if path not in cache:
        with tempfile.NamedTemporaryFile(suffix=".dex") as f:
            f.write(zipfile.ZipFile(apk).read(entry))
            f.flush()
            run = subprocess.run([dexdump, "-d", f.name], capture_output=True)
        out, key = collections.defaultdict(list), None
        for line in run.stdout.decode("utf-8", "replace").splitlines():
            m = re.search(r"\|\[[0-9a-f]+\] (.+)\.([^.:]+):\(", line)
            if m:
                key = (m.group(1), m.group(2))
            elif key and "|" in line:
                out[key].append(line.split("|", 1)[1])
        cache.clear()
        cache[path] = out
    return cache[path]


def holds(entry, lines):
    kind, owner, name, prefix = entry
    for line in lines:
        if kind == "member":
            # Inherited members are named through a subclass.
            if re.search(r"[;.](?:%s)[:.]" % re.escape(name), line):
                return True
        elif "const-string" in line:
            text = line.split('"', 1)[1].rsplit('"', 1)[0]
            if kind == "host":
                if re.match(r"(https?://)?([A-Za-z0-9.-]*\.)?%s([^A-Za-z0-9.-]|$)" % re.escape(name), text):
                    return True
            elif text == name or (prefix and text.startswith(name)):
                return True
    return False


def main():
    tool, count, apks = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    known, calls = entries(), []
    for apk in apks:
        text = subprocess.run([tool, "behaviour", apk, "-f", "csv"], capture_output=True, text=True).stdout
        for r in csv.DictReader(io.StringIO(text)):
            m = re.fullmatch(r"[^!]+!(classes\d*\.dex)", r["file"])
            if m and r["method"]:
                calls.append((apk, m.group(1), r["class"], r["method"], r["api"]))
    drawn = sorted(random.Random(7).sample(calls, min(count, len(calls))))
    wrong = []
    for apk, entry, cls, method, api in drawn:
        if not holds(known[api], instructions("dexdump", (apk, entry))[(cls, method)]):
            wrong.append((os.path.basename(apk), entry, cls, method, api))
    for w in wrong:
        print("not found:", *w)
    print(f"{len(drawn) - len(wrong)} of {len(drawn)} calls confirmed, drawn from {len(calls)} in {len(apks)} packages")


if __name__ == "__main__":
    main()
