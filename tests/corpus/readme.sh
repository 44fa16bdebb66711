#!/usr/bin/env bash
# Runs the first command of README.md as it stands there. It finds something: exit status 1 is what it promises.
set -uo pipefail
cd "$(dirname "$0")/../.."
command=$(sed -n 's/^\(cargo run --release -- check .*\)$/\1/p' README.md | head -1)
[ -n "$command" ] || { echo "README.md has no 'cargo run --release -- check' line"; exit 1; }
echo "$command"
# Whole, then cut: a reader that stops early would end the command with success.
out=$(mktemp); trap 'rm -f "$out"' EXIT
bash -c "$command" >"$out"
status=$?
head -40 "$out"
[ "$status" = 1 ] || { echo "exit status $status, expected 1"; exit 1; }
