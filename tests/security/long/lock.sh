#!/bin/sh
# Pins the newest scanners that requirements.txt beside it allows, with their hashes.
set -eu
cd "$(dirname "$0")/../../.."
export UV_PYTHON_DOWNLOADS=never
.venv/bin/python tools/uv.py pip compile --quiet --upgrade --python-version 3.12 --generate-hashes --no-emit-index-url --no-header \
    --custom-compile-command tests/security/long/lock.sh tests/security/long/requirements.txt --output-file tests/security/long/requirements.lock
