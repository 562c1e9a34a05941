#!/bin/sh
# Makes the scanners' virtual environment as requirements.lock beside this file says.
set -eu
cd "$(dirname "$0")/../../.."
venv=$1
export UV_PYTHON_DOWNLOADS=never
[ -x "$venv/bin/python" ] || "$(tools/find_python.sh)" -m venv --without-pip "$venv"
.venv/bin/python tools/uv.py pip sync --quiet --python "$venv/bin/python" --require-hashes tests/security/long/requirements.lock
