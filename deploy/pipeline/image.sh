#!/usr/bin/env bash
# Builds the image with its bill of materials and where it came from, pushes it, and says by which digest it is to be had.
#   image.sh REPOSITORY TAG          (wants docker with buildx, and AWS's permission to push)
set -euo pipefail
repository=$1 tag=$2
cd "$(dirname "$0")/../.."

registry=${repository%%/*}
region=$(cut -d. -f4 <<<"$registry")
aws ecr get-login-password --region "$region" | docker login --username AWS --password-stdin "$registry"

described=$(mktemp)
trap 'rm -f "$described"' EXIT
# Same sources, same layers: their time is the commit's.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
docker buildx build --push --sbom=true --provenance=mode=max --metadata-file "$described" --tag "$repository:$tag" .

digest=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["containerimage.digest"])' "$described")
echo "$repository@$digest"
if [ -n "${GITHUB_OUTPUT:-}" ]; then
    printf 'digest=%s\nimage=%s@%s\n' "$digest" "$repository" "$digest" >>"$GITHUB_OUTPUT"
fi
