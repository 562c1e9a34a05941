#!/bin/sh
# Another password for the owner of the tables: owner-password.sh FOLDER COMMAND …   COMMAND is psql, connected as the owner (docs/operations.md).
# The files that secrets.sh made in FOLDER get it when PostgreSQL has taken it; until then they are as they were, and FOLDER/owner.env.new has it.
set -eu
folder=$1
shift
umask 077
password=$(openssl rand -hex 32)
sed "s|^\(DATABASE_URL=[\"']\{0,1\}[a-z]*://[^]:/?#@[]*\)\(:[^/?#]*\)\{0,1\}@|\1:$password@|" "$folder/owner.env" >"$folder/owner.env.new"
sed "s|^POSTGRES_PASSWORD=.*|POSTGRES_PASSWORD=$password|" "$folder/database.env" >"$folder/database.env.new"
if ! grep -q ":$password@" "$folder/owner.env.new"; then
    echo "DATABASE_URL in $folder/owner.env names no user." >&2
    exit 1
fi
printf '%s\n' '\set ON_ERROR_STOP on' "ALTER ROLE CURRENT_USER PASSWORD '$password';" | "$@"
mv "$folder/owner.env.new" "$folder/owner.env"
mv "$folder/database.env.new" "$folder/database.env"
