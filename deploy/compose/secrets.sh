#!/bin/sh
# Random secrets for deploy/compose/production.yml: secrets.sh FOLDER   Those that are there stay, or else nothing encrypted could be read.
set -eu
folder=$1
[ ! -s "$folder/platform.env" ] || exit 0
mkdir -p "$folder"
umask 077
secret() { openssl rand -hex 32; }
password=$(secret)
cat >"$folder/database.env" <<ENV
POSTGRES_DB=vanguardai
POSTGRES_USER=vanguardai
POSTGRES_PASSWORD=$password
ENV
cat >"$folder/platform.env.new" <<ENV
DATABASE_URL=postgres://vanguardai:$password@db:5432/vanguardai
JWT_SECRET_KEY=$(secret)
ENCRYPTION_KEY=$(secret)
ENCRYPTION_SALT=$(secret)
ENV
mv "$folder/platform.env.new" "$folder/platform.env"
