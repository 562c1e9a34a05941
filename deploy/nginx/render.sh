#!/bin/sh
# Writes nginx.conf and what it includes into FOLDER, with this machine's addresses: render.sh FOLDER
# docs/deploying.md has the table of variables. An empty value is a value only where that is said.
set -eu
here=$(dirname "$0")
folder=$1

NGINX_RUN=${NGINX_RUN:-$folder}
NGINX_NAMES=${NGINX_NAMES:-api.vanguardai.com}
NGINX_PORTAL_NAMES=${NGINX_PORTAL_NAMES:-}
NGINX_PORTAL_ROOT=${NGINX_PORTAL_ROOT:-/srv/portal}
NGINX_HTTP=${NGINX_HTTP:-80}
NGINX_HTTPS=${NGINX_HTTPS:-443}
NGINX_PORTAL_HTTPS=${NGINX_PORTAL_HTTPS:-$NGINX_HTTPS}
NGINX_PORT_SUFFIX=${NGINX_PORT_SUFFIX:-}
NGINX_UPSTREAM=${NGINX_UPSTREAM:-127.0.0.1:8000}
NGINX_CERTIFICATE=${NGINX_CERTIFICATE:-/etc/vanguard/tls/certificate.pem}
NGINX_KEY=${NGINX_KEY:-/etc/vanguard/tls/key.pem}
NGINX_HSTS=${NGINX_HSTS-max-age=31536000; includeSubDomains; preload}
NGINX_WORKERS=${NGINX_WORKERS:-auto}
NGINX_API_RATE=${NGINX_API_RATE:-10r/s}
NGINX_ACCESS_LOG=${NGINX_ACCESS_LOG:-/dev/stdout}
NGINX_ERROR_LOG=${NGINX_ERROR_LOG:-stderr}

filled() {
    # `|` parts the two halves of sed's command: no address, name or path of ours has one.
    sed -e "s|\${NGINX_RUN}|$NGINX_RUN|g" -e "s|\${NGINX_NAMES}|$NGINX_NAMES|g" \
        -e "s|\${NGINX_PORTAL_NAMES}|$NGINX_PORTAL_NAMES|g" -e "s|\${NGINX_PORTAL_ROOT}|$NGINX_PORTAL_ROOT|g" \
        -e "s|\${NGINX_PORTAL_HTTPS}|$NGINX_PORTAL_HTTPS|g" \
        -e "s|\${NGINX_HTTP}|$NGINX_HTTP|g" -e "s|\${NGINX_HTTPS}|$NGINX_HTTPS|g" \
        -e "s|\${NGINX_PORT_SUFFIX}|$NGINX_PORT_SUFFIX|g" -e "s|\${NGINX_UPSTREAM}|$NGINX_UPSTREAM|g" \
        -e "s|\${NGINX_CERTIFICATE}|$NGINX_CERTIFICATE|g" -e "s|\${NGINX_KEY}|$NGINX_KEY|g" \
        -e "s|\${NGINX_HSTS}|$NGINX_HSTS|g" -e "s|\${NGINX_WORKERS}|$NGINX_WORKERS|g" \
        -e "s|\${NGINX_API_RATE}|$NGINX_API_RATE|g" \
        -e "s|\${NGINX_ACCESS_LOG}|$NGINX_ACCESS_LOG|g" -e "s|\${NGINX_ERROR_LOG}|$NGINX_ERROR_LOG|g"
}

mkdir -p "$folder" "$NGINX_RUN"
for template in "$here"/*.conf.template; do
    name=$(basename "$template" .template)
    filled <"$template" >"$folder/$name"
done
# Without a name there is no portal.
[ -n "$NGINX_PORTAL_NAMES" ] || : >"$folder/portal.conf"
