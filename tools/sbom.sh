#!/bin/sh
# The image's bill of materials from the lock that it is made of: sbom.sh FILE   The tool comes into an environment of its own that goes again.
set -eu
cd "$(dirname "$0")/.."
file=$1
tool=cyclonedx-bom==7.5.0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
.venv/bin/python -m venv --without-pip "$work/venv"
.venv/bin/python tools/uv.py pip install --quiet --python "$work/venv/bin/python" "$tool"
mkdir -p "$(dirname "$file")"
"$work/venv/bin/cyclonedx-py" requirements --output-reproducible --output-format JSON --output-file "$file" requirements/run.txt
echo "$file"
