#!/usr/bin/env bash
# Makes this checkout deploy an earlier release's task definition, with the tools of this one: earlier.sh COMMIT
#
# Nothing of that commit is run, and it must be one that main has: a commit that nobody reviewed would choose what the tasks are.
# Its code meets the database as it is now. Where migrations came since, somebody has to have looked: SCHEMA_IS_NEWER=true says so (docs/aws.md).
set -euo pipefail
commit=$1
definition=deploy/aws/task-definition.json
if ! [[ $commit =~ ^[0-9a-f]{40}$ ]]; then
    echo "A release is named by its commit in full." >&2
    exit 2
fi
if ! git merge-base --is-ancestor "$commit" origin/main; then
    echo "$commit is not a commit of main." >&2
    exit 1
fi
newer=$(git diff --name-only "$commit" origin/main -- '*/migrations/*.py')
if [ -n "$newer" ] && [ "${SCHEMA_IS_NEWER:-false}" != true ]; then
    printf 'Migrations came after %s:\n%s\nIf its code works with their schema, say so by schema_is_newer (SCHEMA_IS_NEWER=true).\n' "$commit" "$newer" >&2
    exit 1
fi
git show "$commit:$definition" >"$definition.earlier"
mv "$definition.earlier" "$definition"
