#!/bin/sh
# Build the container from a Debian made here, and run it: try.sh PACKAGE.deb [SUITE]   (root and buildah; five minutes)
#
# No registry is asked: the base is a root that debootstrap makes. In the container the agent runs as its own user with a
# simulated bank until all numbers are live and reported, its health check is good, and a module is renamed while it runs.
set -eu

package=$(realpath "$1")
suite=${2:-bookworm}
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../../.ci/clean-root
. "$here/../../.ci/clean-root"
in_own_mounts "$0" "$@"

work=$(mktemp -d)
base=localhost/simbank-try-base image=localhost/simbank-try
container="" agent=""
clean() {
    [ -z "$agent" ] || kill "$agent" 2>/dev/null || true
    [ -z "$container" ] || buildah rm "$container" >/dev/null 2>&1 || true
    buildah rmi "$image" "$base" >/dev/null 2>&1 || true
    remove_root "$work/root"
    rm -rf "$work"
}
trap 'status=$?; clean; exit $status' EXIT
step() { echo "== $*"; }
fail() { echo "failed: $*" >&2; exit 1; }
export BUILDAH_ISOLATION=chroot

step "a clean $suite as the base"
make_root "$suite" "$work/root" ca-certificates || fail debootstrap
umount -l "$work/root/proc" "$work/root/dev"
container=$(buildah from scratch)
buildah add -q "$container" "$work/root" / >/dev/null
buildah commit -q "$container" "$base" >/dev/null
buildah rm "$container" >/dev/null
container=""

step "build $(basename "$package")"
mkdir -p "$work/context/dist"
cp "$package" "$work/context/dist/"
for setting in http_proxy https_proxy no_proxy; do
    eval "value=\${$setting:-}"
    [ -z "$value" ] || set -- "$@" --build-arg "$setting=$value"
done
shift "$(($# > 1 ? 2 : 1))"
# Its own format of images has no health check.
buildah build -q --format docker --network host --build-arg "BASE=$base" "$@" \
    -f "$here/Containerfile" -t "$image" "$work/context" >"$work/build.log" 2>&1 ||
    { tail -30 "$work/build.log"; fail "buildah build"; }

step "run with a simulated bank and the sandbox"
cat >"$work/config.yaml" <<YAML
bank: {modules: 4, poll: 500ms, answer_timeout: 1s, lease: 5s, settle: 1s}
ports: [{path: simulated}]
status: {listen: "127.0.0.1:18343"}
store: /var/lib/simbank-agent/simbank.db
YAML
container=$(buildah from "$image")
buildah add -q --chown simbank-agent "$container" "$work/config.yaml" /etc/simbank-agent/config.yaml >/dev/null
inside_it() { buildah run --network host "$container" -- "$@"; }
[ "$(inside_it id -u)" = 8340 ] || fail "it runs as $(inside_it id)"
inside_it id -nG | grep -qw dialout || fail "it may not open ports"
inside_it simbank-agent run --config /etc/simbank-agent/config.yaml >"$work/run.log" 2>&1 &
agent=$!
for _ in $(seq 120); do
    inside_it simbank-agent status --json >"$work/status.json" 2>/dev/null &&
        grep -q '"live": 4' "$work/status.json" && grep -q '"outcome": "accepted"' "$work/status.json" && break
    kill -0 "$agent" 2>/dev/null || { cat "$work/run.log"; fail "the agent has ended"; }
    sleep 1
done
grep -q '"live": 4' "$work/status.json" || { cat "$work/run.log"; fail "not all live"; }
inside_it simbank-agent rename Port1 "left shelf" || fail "rename"
buildah inspect --type image "$image" | grep -qi healthcheck || fail "no health check"
echo "4 of 4 live and reported, healthy, and a module was renamed"
