#!/bin/sh
# Starts the whole platform on this machine: SQLite and everything else that it keeps in var/, the demo's book and log-ins.
set -eu
cd "$(dirname "$0")/.."
port=${PORT:-8000}

# Whatever databases this shell knows, the demo must not be written into them.
unset DATABASE_URL REDIS_URL
export ENVIRONMENT=development PYTHONUNBUFFERED=1
export WEB_CONCURRENCY="${WEB_CONCURRENCY:-2}"
export PROMETHEUS_MULTIPROC_DIR="$PWD/var/figures"
mkdir -p var/figures

# Seen before the book is imported, not after.
if ! .venv/bin/python -c 'import socket, sys
with socket.socket() as probe:
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    probe.bind(("127.0.0.1", int(sys.argv[1])))' "$port" 2>/dev/null
then
    echo "Port $port of this machine is taken, or no port at all: choose another with \`make run PORT=8001\`." >&2
    exit 1
fi

.venv/bin/python -m tools.prepare

echo
echo "Vanguard: http://127.0.0.1:$port/admin/ for staff, http://127.0.0.1:$port/api/docs for programs. Ctrl-C stops it."
# In this shell's place, so that Ctrl-C and signals reach it alone.
exec .venv/bin/gunicorn config.asgi:application --bind "127.0.0.1:$port"
