#!/usr/bin/env bash
# A preview environment at AWS, made or removed.
#   preview.sh up NUMBER IMAGE VERSION      says where it is
#   preview.sh down NUMBER                  fails if something is left
# PATIENCE is how many seconds what was removed may go on being listed. STATE_BUCKET names where Terraform keeps its states; AWS_REGION is as everywhere.
set -euo pipefail
verb=$1 number=$2
[[ $number =~ ^[1-9][0-9]*$ ]] || {
    echo "A pull request has a number, not '$number'." >&2
    exit 2
}
root=$(cd "$(dirname "$0")/../.." && pwd)
previews=$root/deploy/aws/terraform/previews
state=previews/pr-$number.tfstate

terraform -chdir="$previews" init -reconfigure -input=false \
    -backend-config="bucket=$STATE_BUCKET" -backend-config="key=$state" -backend-config="region=$AWS_REGION" \
    -backend-config="use_lockfile=true"

up() {
    terraform -chdir="$previews" apply -auto-approve -input=false \
        -var "region=$AWS_REGION" -var "number=$number" -var "image=$1" -var "app_version=$2"
    # The demo's book is imported before the server starts: some minutes, and ten at most.
    aws ecs wait services-stable --cluster vanguardai-cluster --services "pr-$number"
    url=$(terraform -chdir="$previews" output -raw url)
    log_ins=$(terraform -chdir="$previews" output -raw log_ins)
    echo "$url"
    if [ -n "${GITHUB_OUTPUT:-}" ]; then
        printf 'url=%s\nlog_ins=%s\n' "$url" "$log_ins" >>"$GITHUB_OUTPUT"
    fi
}

down() {
    # What is asked for stands in the variables, which matter no more.
    terraform -chdir="$previews" destroy -auto-approve -input=false -var "region=$AWS_REGION" -var "number=$number" -var image=none -var app_version=none
    cd "$root"
    python3 -m tools.ecs nothing-left "$number" --wait "${PATIENCE:-300}"
    # Last, so that a preview of which something is left is still one that the sweep finds.
    aws s3 rm "s3://$STATE_BUCKET/$state"
}

case $verb in
up) up "$3" "$4" ;;
down) down ;;
*)
    echo "up or down, not '$verb'." >&2
    exit 2
    ;;
esac
