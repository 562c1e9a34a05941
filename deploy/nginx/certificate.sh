#!/bin/sh
# A self-signed certificate for trying things out: certificate.sh FOLDER NAME…   Leaves one that is there and good for a week.
set -eu
folder=$1
shift
names=$(printf '%s\n' "$@" | sed -E 's/^([0-9.]+|.*:.*)$/IP:\1/; t; s/^/DNS:/' | paste -s -d , -)
if [ -s "$folder/key.pem" ] && openssl x509 -in "$folder/certificate.pem" -noout -checkend 604800 >/dev/null 2>&1; then
    exit 0
fi
mkdir -p "$folder"
umask 077
# RSA, because the ciphers of TLS 1.2 that nginx is given are those of an RSA certificate.
openssl req -x509 -newkey rsa:2048 -nodes -sha256 -days 90 -keyout "$folder/key.pem" -out "$folder/certificate.pem" \
    -subj "/CN=$1" -addext "subjectAltName=$names" -addext "extendedKeyUsage=serverAuth" 2>/dev/null
chmod 644 "$folder/certificate.pem"
