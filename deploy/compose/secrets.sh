#!/bin/sh
# Random secrets for deploy/compose/production.yml: secrets.sh FOLDER   Those that are there stay, or else nothing encrypted could be read.
#   database.env   what PostgreSQL begins with: the owner of the tables
#   owner.env      for what works as the owner, and only that: migrations, backups, a change of keys
#   platform.env   for what serves, as a role that owns nothing (docs/operations.md)
set -eu
folder=$1
mkdir -p "$folder"
umask 077
secret() { openssl rand -hex 32; }
# Of several lines the last one counts.
named() { sed -n 's/^DATABASE_URL=//p' "$1" | tail -n 1; }
owning() {
    cat >"$folder/owner.env.new" <<ENV
DATABASE_URL=$1
APPLICATION_DATABASE_URL=$2
ENV
}
if [ ! -s "$folder/platform.env" ]; then
    password=$(secret)
    app="postgres://vanguard_app:$(secret)@db:5432/vanguardai"
    cat >"$folder/database.env" <<ENV
POSTGRES_DB=vanguardai
POSTGRES_USER=vanguardai
POSTGRES_PASSWORD=$password
ENV
    owning "postgres://vanguardai:$password@db:5432/vanguardai" "$app"
    cat >"$folder/platform.env.new" <<ENV
DATABASE_URL=$app
JWT_SECRET_KEY=$(secret)
ENCRYPTION_KEY=$(secret)
ENCRYPTION_SALT=$(secret)
ENV
elif [ ! -s "$folder/owner.env" ]; then
    # From before there were two: the address that is there is the owner's. What serves gets the same with another user and password, because the
    # database may be on another machine, and the address may say more (`?sslmode=require`). A replica has the same roles.
    address="=[\"']\{0,1\}postgres[a-z]*://\)\([^/?#]*@\)\{0,1\}"
    user="vanguard_app:$(secret)@"
    sed -e "s|^\(DATABASE_URL$address|\1$user|" -e "s|^\(DATABASE_REPLICA_URL$address|\1$user|" "$folder/platform.env" >"$folder/platform.env.new"
    app=$(named "$folder/platform.env.new")
    case $app in
        *://vanguard_app:*) ;;
        *)
            echo "DATABASE_URL in $folder/platform.env names no PostgreSQL; nothing was changed." >&2
            rm "$folder/platform.env.new"
            exit 1
            ;;
    esac
    owning "$(named "$folder/platform.env")" "$app"
    echo "The owner of the tables still has the password that was in $folder/platform.env: change it when the servers have started anew, by" >&2
    echo "deploy/compose/owner-password.sh (docs/operations.md, Two roles in PostgreSQL)." >&2
else
    exit 0
fi
mv "$folder/owner.env.new" "$folder/owner.env"
mv "$folder/platform.env.new" "$folder/platform.env"
