#!/bin/sh
# Try the package of another machine: try-foreign.sh PYTHON ARCHITECTURE [SUITE]   (root; ten minutes or more)
#
# Builds the package for arm64 or armhf, installs it in a Debian of that architecture whose programs qemu-user runs, and has
# the agent serve the shipped bank of 64 simulated modules there until all are live and reported. Prints how long that took,
# and the agent's CPU time and memory; all are those of an emulation, which makes Python some ten times as slow.
set -eu

python=$1
architecture=$2
suite=${3:-bookworm}
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=../../.ci/clean-root
. "$here/../../.ci/clean-root"
in_own_mounts "$0" "$@"

fail() { echo "failed: $*" >&2; exit 1; }
case $architecture in
arm64) emulator=qemu-aarch64 ;;
armhf) emulator=qemu-arm ;;
*) fail "no emulator is known for $architecture" ;;
esac
programs=/proc/sys/fs/binfmt_misc
[ -e "$programs/register" ] || mount -t binfmt_misc none "$programs" ||
    { echo "skipped: this kernel runs no foreign programs (binfmt_misc)"; exit 0; }
# Fixed (F) when registered, so that the emulator need not be in the root.
[ -e "$programs/$emulator" ] || cat "/usr/lib/binfmt.d/$emulator.conf" >"$programs/register"

package=$("$here/build.sh" "$python" "$architecture") || fail "the package could not be built"
work=$(mktemp -d)
root=$work/root
trap 'status=$?; remove_root "$root"; rm -rf "$work"; exit $status' EXIT
echo "== a clean $suite for $architecture"
make_root "$suite" "$root" "" "$architecture" || fail debootstrap

echo "== install $(basename "$package")"
cp "$package" "$root/root/agent.deb"
inside "$root" apt-get update -qq
inside "$root" apt-get install -y -qq --no-install-recommends /root/agent.deb >"$work/apt.log" 2>&1 ||
    { tail -30 "$work/apt.log"; fail "apt-get install"; }
echo "$(inside "$root" simbank-agent --version) on $(inside "$root" uname -m)"

echo "== 64 simulated modules"
mkdir -p "$root/root/bank"
cp "$here/../../config.yaml" "$root/root/bank/config.yaml"
sed -i 's/^  listen: .*/  listen: 127.0.0.1:18341/' "$root/root/bank/config.yaml"
began=$(date +%s)
(exec_inside "$root" simbank-agent run --config /root/bank/config.yaml >"$work/run.log" 2>&1) &
agent=$!
# Asked by this machine's Python: the emulated one takes longer to start than the agent between two looks.
live() {
    "$python" -I -c 'import json, urllib.request as http
page = http.build_opener(http.ProxyHandler({})).open("http://127.0.0.1:18341/api/v1/status", timeout=60)
status = json.load(page)
print(status["live"], (status["last_report"] or {}).get("outcome"))' 2>/dev/null
}
until [ "$(live)" = "64 accepted" ]; do
    kill -0 "$agent" 2>/dev/null || { tail -30 "$work/run.log"; fail "the agent has ended"; }
    [ $(($(date +%s) - began)) -lt 3600 ] || { tail -30 "$work/run.log"; fail "not all live within an hour"; }
    sleep 1
done
took=$(($(date +%s) - began))
memory=$(awk '/VmRSS/ {print int($2 / 1024)}' "$root/proc/$agent/status" 2>/dev/null || echo '?')
processor=$(sed 's/.*) //' "$root/proc/$agent/stat" | awk '{print int(($12 + $13) / 100)}')
inside "$root" simbank-agent status --config /root/bank/config.yaml | head -5
kill -TERM "$agent"
wait "$agent" || { tail -20 "$work/run.log"; fail "the agent ended with $?"; }
echo "64 of 64 live and reported $took s after the start, with $processor s of CPU time; $memory MB with the emulator; ended in order"
