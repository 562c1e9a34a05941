#!/bin/sh
# The command of the nginx container: the configuration from its variables, then nginx in this shell's place.
set -eu
folder=${NGINX_RUN:-/tmp/nginx}
NGINX_RUN=$folder "$(dirname "$0")/render.sh" "$folder"
exec nginx -e stderr -c "$folder/nginx.conf" -g "daemon off;"
