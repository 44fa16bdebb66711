#!/usr/bin/env bash
# Runs the first command of README.md as it stands there. It finds something: exit status 1 is what it promises.
set -uo pipefail
cd "$(dirname "$0")/../.."
command=$(sed -n 's/^\(cargo run --release -- check .*\)$/\1/p' README.md | head -1)
[ -n "$command" ] || { echo "README.md has no 'cargo run --release -- check' line"; exit 1; }
echo "$command"
bash -c "$command" | head -40
status=${PIPESTATUS[0]}
[ "$status" = 1 ] || { echo "exit status $status, expected 1"; exit 1; }
