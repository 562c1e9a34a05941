#!/usr/bin/env bash
# Removes the previews whose pull request is closed and that are there nonetheless. One that cannot be removed does not keep the others.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
open=$(gh pr list --state open --limit 1000 --json number --jq '.[].number')
# shellcheck disable=SC2086  # a number a word
left=$(python3 -m tools.ecs left-over --bucket "$STATE_BUCKET" --open $open)
echo "Left over: $left"
failed=()
for number in $(tr -d '[],' <<<"$left"); do
    "$here/preview.sh" down "$number" || failed+=("$number")
done
if [ "${#failed[@]}" -gt 0 ]; then
    echo "Could not be removed: ${failed[*]}" >&2
    exit 1
fi
