#!/bin/bash
# Runs COMMAND… where `docker` answers and published ports are those of 127.0.0.1: run.sh COMMAND…
#
# With a Docker of one's own that is all. Without one, as root on Debian, a daemon of ours is started in a mount and network namespace of
# its own, so that neither the machine's firewall nor its interfaces are touched, and taken down with everything in it at the end.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
kept=$(cd "$here/../.." && pwd)/var/engine

if docker info >/dev/null 2>&1; then
    exec "$@"
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "This needs Docker: neither does one answer here, nor is this root on Debian, where one could be started." >&2
    exit 1
fi
"$here/install.sh" "$kept"

work=$(mktemp -d)
cat >"$work/daemon.sh" <<DAEMON
ip link set lo up
echo 1 >/proc/sys/net/ipv4/ip_forward
# Of our own, so that nothing of the machine's daemons is met or left there.
mount -t tmpfs tmpfs /run
exec dockerd --host unix://$work/docker.sock --data-root $work/data --exec-root $work/exec --pidfile $work/pid \
    --storage-driver overlay2 --oom-score-adjust 0 --log-level error
DAEMON
unshare --mount --net bash "$work/daemon.sh" >"$work/dockerd.log" 2>&1 &
export DOCKER_HOST=unix://$work/docker.sock DOCKER_BUILDKIT=1 DOCKER_CONFIG=$kept/docker
for _ in $(seq 120); do docker info >/dev/null 2>&1 && break || sleep 0.5; done
daemon=$(cat "$work/pid") || { tail -n 20 "$work/dockerd.log" >&2; exit 1; }
slirp4netns --configure --mtu=1500 --disable-host-loopback "$daemon" tap0 >"$work/slirp.log" 2>&1 &
network=$!

finish() {
    docker ps -aq | xargs -r docker rm -f >/dev/null 2>&1 || true
    kill "$network" 2>/dev/null || true
    kill "$daemon" 2>/dev/null || true
    for _ in $(seq 60); do kill -0 "$daemon" 2>/dev/null && sleep 0.5 || break; done
    rm -rf "$work"
}
trap finish EXIT

"$here/stand_ins.sh" "$kept"
# Into the daemon's network: ports that containers publish are its 127.0.0.1's.
nsenter --target "$daemon" --net -- "$@"
