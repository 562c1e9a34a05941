#!/bin/sh
# Makes .venv as requirements/dev.txt says. A stamp remembers what it was made from, so that the next call costs nothing.
set -eu
cd "$(dirname "$0")/.."
stamp=.venv/made-from

# CI and the image bring no surprises of their own: uv must never fetch a Python behind our back.
export UV_PYTHON_DOWNLOADS=never

python=$(tools/find_python.sh)
wanted=$({ "$python" -VV; echo "$python"; cat requirements/dev.txt requirements/uv.txt; } | "$python" -c \
    'import hashlib, sys; print(hashlib.sha256(sys.stdin.buffer.read()).hexdigest())')
[ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] || exit 0

echo "Setting up .venv with $("$python" -V)"
rm -f "$stamp"
if ! [ -x .venv/bin/python ] || [ "$(.venv/bin/python -VV 2>/dev/null)" != "$("$python" -VV)" ]; then
    "$python" -m venv --clear .venv
fi
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
# Compiled once here: where PYTHONDONTWRITEBYTECODE is set, every process would otherwise compile two thousand modules as it starts.
.venv/bin/python tools/uv.py pip sync --quiet --compile-bytecode --python .venv/bin/python --require-hashes requirements/dev.txt
echo "$wanted" > "$stamp"
