#!/usr/bin/env bash
# The digest of a release that was built before: what a rollback deploys.
#   find-image.sh REPOSITORY TAG
set -euo pipefail
repository=$1 tag=$2
region=$(cut -d. -f4 <<<"$repository")
digest=$(aws ecr describe-images --region "$region" --registry-id "${repository%%.*}" --repository-name "${repository#*/}" \
    --image-ids "imageTag=$tag" --query 'imageDetails[0].imageDigest' --output text)
case $digest in
sha256:*) echo "$repository@$digest" ;;
*)
    echo "There is no image $repository:$tag." >&2
    exit 1
    ;;
esac
if [ -n "${GITHUB_OUTPUT:-}" ]; then
    printf 'image=%s@%s\n' "$repository" "$digest" >>"$GITHUB_OUTPUT"
fi
