#!/bin/bash
# The base images that the Dockerfile and docker-compose.yml name, where no registry of images can be reached: stand_ins.sh FOLDER
#
# Debian 12 by mmdebstrap, which python:3.12-slim and the others stand on as well, and the programs from Debian's packages and this
# machine's CPython 3.12. What is proved on them is our Dockerfile and our settings, not the contents of the official images.
set -euo pipefail
folder=$1
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
suite=bookworm

if timeout 20 docker pull -q python:3.12-slim >/dev/null 2>&1; then
    echo "The registry of images answers: no stand-ins."
    exit 0
fi

debian() { # NAME PACKAGE,PACKAGE…: a root file system, made once
    [ -s "$folder/$1.tar" ] || {
        echo "Making the stand-in $1 (half a minute, once)."
        mmdebstrap --quiet --format=tar --variant=minbase --include="$2" "$suite" "$folder/$1.tar.new"
        mv "$folder/$1.tar.new" "$folder/$1.tar"
    }
    docker import "$folder/$1.tar" "stand-in-$1" >/dev/null
}

# As in the official image: what CPython's own modules are linked with, and nothing that compiles.
debian python "ca-certificates,libbz2-1.0,libffi8,liblzma5,libreadline8,libsqlite3-0,libssl3,libuuid1,libexpat1,zlib1g,netbase,tzdata"
debian services "ca-certificates,curl,nginx-light,openssl,postgresql-15,redis-server"

context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
cp "$here/stand-ins/"* "$context/"
# How this machine's pip finds its packages, told to the pip and the uv in the image: the project's Dockerfile has no word about it.
"$root/.venv/bin/python" "$here/registries.py" "$context"
cp /etc/ssl/certs/ca-certificates.crt "$context/"
python=$("$root/.venv/bin/python" -c 'import sys; print(sys.base_prefix)')
mkdir "$context/python"
(cd "$python" && tar -c --exclude=test --exclude=site-packages --exclude='__pycache__' --exclude='*.a' bin/python3.12 lib/python3.12 $(ls -d lib/libpython3* 2>/dev/null)) |
    tar -x -C "$context/python"
mkdir "$context/python/lib/python3.12/site-packages"
cp -r "$("$root/.venv/bin/python" -c 'import os, pip; print(os.path.dirname(pip.__file__))')" "$context/python/lib/python3.12/site-packages/"
build() { docker build -q -f "$context/$1.Dockerfile" -t "$2" "$context" >/dev/null; }
build python python:3.12-slim
build postgres postgres:15
build redis redis:7
build nginx nginx:1.28
