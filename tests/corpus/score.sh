#!/usr/bin/env bash
# Runs `declarations` over every document and `detect` over every package of the corpus, and prints the scorers' totals.
#   tests/corpus/score.sh [policies|apks] [scorer options, e.g. -v]
# The corpus is looked for in $SDKAUDIT_SHARED, else in ../shared; without it nothing is scored. BIN names another binary.
set -euo pipefail
cd "$(dirname "$0")/../.."
shared=${SDKAUDIT_SHARED:-../shared}
what=${1:-all}; [ $# -gt 0 ] && shift
if [ ! -d "$shared/policies" ] && [ ! -d "$shared/apks" ]; then
  echo "skipped: no corpus at $shared (set SDKAUDIT_SHARED to its directory)"
  exit 0
fi
command -v python3 >/dev/null || { echo "skipped: the scorers need python3"; exit 0; }
if [ -z "${BIN:-}" ]; then
  cargo build --quiet --release
  BIN=$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/release/sdkaudit
fi
out=$(mktemp -d); trap 'rm -rf "$out"' EXIT
export BIN out
# One prediction: file, name of the result. A crash or a usage error is counted; 3 (incomplete) is a result.
predict() {
  local command=$1 file=$2 id=$3 status=0
  timeout 120 "$BIN" "$command" "$file" --format json >"$out/$command/$id.json" 2>"$out/$command/$id.err" || status=$?
  case $status in
    0|3) ;;
    *) rm -f "$out/$command/$id.json"; echo "$command $file: exit $status: $(head -c 200 "$out/$command/$id.err")" ;;
  esac
}
export -f predict
workers=$(nproc)

if [ "$what" != apks ] && [ -d "$shared/policies" ]; then
  mkdir -p "$out/declarations"
  for f in "$shared"/policies/dev/* "$shared"/policies/seeds/*; do
    [ -f "$f" ] || continue
    base=$(basename "$f"); id=${base%.*}
    case $f in */dev/*) id=${base%%-*} ;; esac
    printf '%s\0%s\0' "$f" "$id"
  done | xargs -0 -n 2 -P "$workers" bash -c 'predict declarations "$0" "$1"'
  echo "policies: $(ls "$out"/declarations/*.json 2>/dev/null | wc -l) documents read"
  python3 "$shared/policies/score_policies.py" --gold "$shared/policies/gold" --pred "$out/declarations" --split all "$@" || true
fi
if [ "$what" != policies ] && [ -d "$shared/apks" ]; then
  mkdir -p "$out/detect"
  for f in "$shared"/apks/files/*; do
    base=$(basename "$f"); printf '%s\0%s\0' "$f" "${base%%.*}"
  done | xargs -0 -n 2 -P "$workers" bash -c 'predict detect "$0" "$1"'
  echo "packages: $(ls "$out"/detect/*.json 2>/dev/null | wc -l) read"
  python3 "$shared/apks/score_detect.py" --gold "$shared/apks/gold" --pred "$out/detect" "$@" || true
fi
