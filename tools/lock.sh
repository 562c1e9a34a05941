#!/bin/sh
# Writes the lock files anew: hashes, no addresses. What runs in production is a part of what developers have, at the same versions.
set -eu
cd "$(dirname "$0")/.."
export UV_PYTHON_DOWNLOADS=never
compile() {
    .venv/bin/python tools/uv.py pip compile --quiet --python-version 3.12 --generate-hashes --no-emit-index-url --no-header \
        --custom-compile-command "make lock" "$@"
}
compile --upgrade pyproject.toml --group dev --output-file requirements/dev.txt
compile --upgrade pyproject.toml --constraint requirements/dev.txt --output-file requirements/run.txt
echo uv | compile --upgrade - --output-file requirements/uv.txt
compile --upgrade requirements/delivery.in --output-file requirements/delivery.txt
