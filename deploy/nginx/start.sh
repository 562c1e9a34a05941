#!/bin/sh
# The command of the nginx container: the configuration from its variables, then nginx in this shell's place.
set -eu
folder=${NGINX_RUN:-/tmp/nginx}
certificate=${NGINX_CERTIFICATE:-/etc/vanguard/tls/certificate.pem}
if [ ! -s "$certificate" ]; then
    echo "There is no certificate at $certificate: \`make certificate\` makes one to try things out." >&2
    exit 1
fi
portal=${NGINX_PORTAL_ROOT:-/srv/portal}
if [ -n "${NGINX_PORTAL_NAMES:-}" ] && [ ! -s "$portal/index.html" ]; then
    echo "There is no portal at $portal: \`make portal\` builds it." >&2
    exit 1
fi
NGINX_RUN=$folder "$(dirname "$0")/render.sh" "$folder"
exec nginx -e stderr -c "$folder/nginx.conf" -g "daemon off;"
