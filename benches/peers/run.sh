#!/usr/bin/env bash
# Installs the peers from the public registries into target/peers and times them against the tool on the same packages.
#   benches/peers/run.sh PACKAGE...       (default: as benches/ratio.py)
# Needs python3, and for dexdump, aapt2 and apktool their Debian packages; what is not there is left out and named.
set -euo pipefail
cd "$(dirname "$0")/../.."
cargo build --quiet --release --bin sdkaudit --example limit
venv=target/peers
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
# Each by itself: one that cannot be installed costs only its own line.
for package in exodus-core androguard apkid; do
  "$venv/bin/pip" install --quiet --disable-pip-version-check "$package" || echo "not installed: $package"
done
# The crate `dex` is a library: a few lines around it, built apart so that the project's lock file knows nothing of it.
cargo build --quiet --release --manifest-path benches/peers/dex/Cargo.toml --target-dir "$venv/dex" || echo "not built: dex"
exec "$venv/bin/python" benches/peers/peers.py "$@"
