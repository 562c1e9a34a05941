#!/bin/sh
# Pins the peers' newest versions that bench/requirements.txt allows, with their hashes.
set -eu
cd "$(dirname "$0")/.."
export UV_PYTHON_DOWNLOADS=never
.venv/bin/python tools/uv.py pip compile --quiet --upgrade --python-version 3.12 --generate-hashes --no-emit-index-url --no-header \
    --custom-compile-command bench/lock.sh bench/requirements.txt --output-file bench/requirements.lock
