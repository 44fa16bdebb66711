"""The behaviour catalogue as the corpus scripts need it: id -> (kind, class, name, prefix)."""
import glob, os, tomllib

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def groups():
    for path in sorted(glob.glob(os.path.join(ROOT, "data", "behaviour", "*.toml"))):
        with open(path, "rb") as f:
            yield from tomllib.load(f).get("group", [])


def entries():
    out = {}
    for g in groups():
        if "class" in g:
            short = g.get("as", g["class"].rsplit(".", 1)[-1].replace("$", "."))
            descriptor = "L" + g["class"].replace(".", "/") + ";"
            for name in g.get("methods", []) + g.get("fields", []):
                out[f"{short}.{name}"] = ("member", descriptor, name, False)
        else:
            kind = g["kind"]
            for text in g.get("strings", []):
                out[f"{kind}:{text}"] = ("host" if kind == "host" else "string", "", text, False)
            for text in g.get("prefixes", []):
                out[f"{kind}:{text}*"] = ("string", "", text, True)
    return out


def calls():
    """(class descriptor, method) -> id, of methods that count wherever they stand."""
    out = {}
    for g in groups():
        if "class" in g and not g.get("with"):
            short = g.get("as", g["class"].rsplit(".", 1)[-1].replace("$", "."))
            for name in g.get("methods", []):
                out["L" + g["class"].replace(".", "/") + ";", name] = f"{short}.{name}"
    return out
