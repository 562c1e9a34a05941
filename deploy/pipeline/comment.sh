#!/usr/bin/env bash
# Says where the preview is, in one comment that is written anew each time.
#   comment.sh NUMBER URL LOG_INS
set -euo pipefail
number=$1 url=$2 log_ins=$3
text="**Preview:** $url/admin/ · [API]($url/api/docs) · seeded with the demo's book. The log-ins' password is in Secrets Manager: \`$log_ins\`.
It is removed when this pull request is closed."
gh pr comment "$number" --edit-last --create-if-none --body "$text"
