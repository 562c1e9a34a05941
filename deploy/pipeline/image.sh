#!/usr/bin/env bash
# Builds the image with its bill of materials and where it came from, pushes it, and says by which digest it is to be had.
# A tag that is there already (a build is run again that failed after its push) is not pushed again, which the repository would refuse.
#   image.sh REPOSITORY TAG          (wants docker with buildx, and AWS's permission to push)
set -euo pipefail
repository=$1 tag=$2
cd "$(dirname "$0")/../.."

registry=${repository%%/*}
region=$(cut -d. -f4 <<<"$registry")
aws ecr get-login-password --region "$region" | docker login --username AWS --password-stdin "$registry"

described=$(mktemp)
trap 'rm -f "$described"' EXIT
if digest=$(aws ecr describe-images --region "$region" --registry-id "${repository%%.*}" --repository-name "${repository#*/}" \
    --image-ids "imageTag=$tag" --query 'imageDetails[0].imageDigest' --output text 2>"$described"); then
    echo "$repository:$tag is there already." >&2
elif ! grep -q ImageNotFoundException "$described"; then
    cat "$described" >&2
    exit 1
else
    # Same sources, same layers: their time is the commit's.
    SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
    export SOURCE_DATE_EPOCH
    # What the task definition asks for, whatever machine this is.
    docker buildx build --platform linux/amd64 --push --sbom=true --provenance=mode=max --metadata-file "$described" --tag "$repository:$tag" .
    digest=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["containerimage.digest"])' "$described")
fi
echo "$repository@$digest"
if [ -n "${GITHUB_OUTPUT:-}" ]; then
    printf 'digest=%s\nimage=%s@%s\n' "$digest" "$repository" "$digest" >>"$GITHUB_OUTPUT"
fi
