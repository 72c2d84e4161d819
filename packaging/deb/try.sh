#!/bin/sh
# Try a package in a clean Debian: try.sh PACKAGE.deb [SUITE]   (root; downloads some 100 MB; a minute or two)
#
# Installs it in a root that debootstrap makes, runs the agent there as its own user with a simulated bank until a
# report is accepted, installs it once more, removes and purges it, and looks for what was left behind.
set -eu

package=$(realpath "$1")
suite=${2:-bookworm}
# shellcheck source=../../.ci/clean-root
. "$(dirname "$0")/../../.ci/clean-root"
in_own_mounts "$0" "$@"

work=$(mktemp -d)
root=$work/root
trap 'status=$?; remove_root "$root"; rm -rf "$work"; exit $status' EXIT

user="setpriv --reuid=simbank-agent --regid=simbank-agent --init-groups"
# shellcheck disable=SC2086  # a list of words
as_agent() { inside "$root" $user "$@"; }
step() { echo "== $*"; }
fail() { echo "failed: $*" >&2; exit 1; }

step "a clean $suite"
make_root "$suite" "$root" || fail debootstrap

step "install $(basename "$package")"
cp "$package" "$root/root/agent.deb"
inside "$root" apt-get update -qq
inside "$root" apt-get install -y -qq --no-install-recommends /root/agent.deb >"$work/apt.log" 2>&1 ||
    { tail -30 "$work/apt.log"; fail "apt-get install"; }
inside "$root" simbank-agent --version
[ "$(stat -c %a "$root/etc/simbank-agent/api_key")" = 600 ] || fail "the key file is open to others"
[ "$(inside "$root" stat -c %a:%U:%G /etc/simbank-agent/config.yaml)" = 640:root:simbank-agent ] || fail "mode of config.yaml"
inside "$root" id -nG simbank-agent | grep -qw dialout || fail "the agent's user may not open ports"
inside "$root" /usr/bin/python3 -I -c 'import sys
sys.path.insert(0, "/usr/lib/simbank-agent/lib")
from pathlib import Path
from agent.config import load
load(Path("/etc/simbank-agent/config.yaml").read_text(), file="config.yaml", environment={}, folder=Path("/etc"))'

inside "$root" simbank-agent install --dry-run >"$work/install.log" || { cat "$work/install.log"; fail "install --dry-run"; }
grep -q "would write" "$work/install.log" && { cat "$work/install.log"; fail "the package lacks what install would write"; }

for file in man/man1/simbank-agent-run.1.gz man/ru/man1/simbank-agent-run.1.gz \
    doc/simbank-agent/README.ru.md doc/simbank-agent/docs/operations.ru.md \
    bash-completion/completions/simbank-agent zsh/vendor-completions/_simbank-agent \
    fish/vendor_completions.d/simbank-agent.fish; do
    [ -s "$root/usr/share/$file" ] || fail "the package lacks /usr/share/$file"
done
head -1 "$root/usr/share/zsh/vendor-completions/_simbank-agent" | grep -q '^#compdef' || fail "zsh does not see its completion"

step "run with a simulated bank and the sandbox"
inside "$root" install -d -o simbank-agent -g simbank-agent -m 700 /var/lib/simbank-agent
cat >"$root/var/lib/simbank-agent/try.yaml" <<YAML
bank: {modules: 4, poll: 500ms, answer_timeout: 1s, lease: 5s, settle: 1s}
ports: [{path: simulated}]
status: {listen: "127.0.0.1:18340"}
YAML
as_agent simbank-agent check --test2 --config /var/lib/simbank-agent/try.yaml >"$work/check.log" 2>&1 ||
    { cat "$work/check.log"; fail "check found a problem"; }
# One process, for the signal below: each of these words becomes the next.
# shellcheck disable=SC2086
(exec_inside "$root" $user simbank-agent run \
    --config /var/lib/simbank-agent/try.yaml >"$work/run.log" 2>&1) &
agent=$!
accepted=no
for _ in $(seq 60); do
    if as_agent simbank-agent status --json --config /var/lib/simbank-agent/try.yaml >"$work/status.json" 2>/dev/null &&
        grep -q '"live": 4' "$work/status.json" && grep -q '"outcome": "accepted"' "$work/status.json"; then
        accepted=yes
        break
    fi
    kill -0 "$agent" 2>/dev/null || break
    sleep 1
done
[ "$accepted" = yes ] || { cat "$work/run.log" "$work/status.json"; fail "no report was accepted"; }
echo "4 of 4 live, and a report of them accepted"
kill -TERM "$agent"
wait "$agent" || { tail -20 "$work/run.log"; fail "the agent ended with $?"; }

step "install once more, then remove and purge"
echo "# mine" >>"$root/etc/simbank-agent/config.yaml"
inside "$root" dpkg --force-confold -i /root/agent.deb >"$work/again.log" 2>&1 || { cat "$work/again.log"; fail "again"; }
tail -1 "$root/etc/simbank-agent/config.yaml" | grep -qx "# mine" || fail "config.yaml was overwritten"
inside "$root" dpkg --remove simbank-agent >"$work/remove.log" 2>&1 || { cat "$work/remove.log"; fail remove; }
grep -i warn "$work/remove.log" && fail "dpkg warned"
[ -e "$root/etc/simbank-agent/config.yaml" ] || fail "config.yaml went with a mere removal"
[ ! -e "$root/usr/lib/simbank-agent" ] || fail "something was left in /usr/lib/simbank-agent"
inside "$root" dpkg --purge simbank-agent >"$work/purge.log" 2>&1 || { cat "$work/purge.log"; fail purge; }
left=$(find "$root" -xdev -name '*simbank*' ! -path "$root/var/lib/dpkg/*" ! -path "$root/var/log/*" \
    ! -path "$root/var/cache/*" ! -path "$root/var/mail/*" ! -name simbank-try.crt)
[ -z "$left" ] || fail "left behind: $left"
echo "nothing left behind"
