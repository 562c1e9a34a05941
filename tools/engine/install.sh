#!/bin/bash
# What a Docker of our own needs, from the mirror that this machine uses already: install.sh FOLDER
set -euo pipefail
folder=$1
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1

missing=()
for program in dockerd:docker.io slirp4netns:slirp4netns mmdebstrap:mmdebstrap; do
    command -v "${program%:*}" >/dev/null || missing+=("${program#*:}")
done
if [ "${#missing[@]}" -gt 0 ]; then
    # Installed, not started: the daemon that this machine would get is none of our business.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
        trap 'rm -f "$policy"' EXIT
    fi
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

# compose and buildx are not in Debian 12: the static programs of Debian 13's packages, unpacked and not installed.
plugins=$folder/docker/cli-plugins
if [ ! -x "$plugins/docker-compose" ] || [ ! -x "$plugins/docker-buildx" ]; then
    apt=$folder/apt
    mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/packages" "$apt/tree" "$plugins"
    mirror=$({ cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null || true; } |
        awk '/^URIs:/ {print $2; exit} /^deb / {for (i = 2; i <= NF; i++) if ($i ~ /^http/) {print $i; exit}}')
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >"$apt/sources.list"
    options=(-o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=- -o "Dir::State::lists=$apt/lists"
        -o "Dir::Cache=$apt/cache" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o APT::Sandbox::User=root)
    apt-get "${options[@]}" -qq update
    (cd "$apt/packages" && apt-get "${options[@]}" -qq download docker-compose docker-buildx)
    for package in "$apt"/packages/*.deb; do dpkg -x "$package" "$apt/tree"; done
    cp "$apt"/tree/usr/libexec/docker/cli-plugins/* "$plugins/"
    echo '{}' >"$folder/docker/config.json"
    rm -rf "$apt"
fi
