#!/usr/bin/env bash
# The step of action.yml and of the GitLab template: one audit, written in every form that CI shows.
# Reads APP, POLICY (one document per line), FAIL_ON, SARIF, ARGS from the environment.
set -uo pipefail
policies=()
while IFS= read -r document; do
  [ -n "$document" ] && policies+=(--policy "$document")
done <<<"${POLICY:?one document per line}"
read -ra more <<<"${ARGS:-}"
common=("${APP:?the package}" "${policies[@]}" "${more[@]}")
status=0
sdkaudit check "${common[@]}" --fail-on "${FAIL_ON:-high}" -o "${SARIF:-sdkaudit.sarif}" -o sdkaudit.md -o sdkaudit.xml \
  -o sdkaudit.gitlab.json -o sdkaudit.html || status=$?
if [ "${GITHUB_ACTIONS:-}" = true ] && [ "$status" != 2 ]; then
  sdkaudit check "${common[@]}" --format github --exit-zero
  [ -n "${GITHUB_STEP_SUMMARY:-}" ] && cat sdkaudit.md >>"$GITHUB_STEP_SUMMARY"
fi
exit "$status"
