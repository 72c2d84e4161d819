#!/bin/sh
# Move an agent from one Debian to another: try-moving.sh OLD.deb SUITE NEW.deb SUITE   (root; five minutes)
#
# In a clean root of each suite the package is installed. In the first, `init` makes the configuration of an agent that sells
# to a stand-in of Onlinesim on this machine; modules are renamed while it runs, and a backup is made. In the second the
# backup is restored to other paths, the modules are at other ports, and each must get its name, number and date back.
set -eu

old_package=$(realpath "$1") old_suite=$2 new_package=$(realpath "$3") new_suite=$4
# shellcheck source=../../.ci/clean-root
. "$(dirname "$0")/../../.ci/clean-root"
in_own_mounts "$0" "$@"

work=$(mktemp -d)
trap 'status=$?; kill $started 2>/dev/null || true; for one in "$work"/old "$work"/new; do remove_root "$one"; done; rm -rf "$work"; exit $status' EXIT
started=""
step() { echo "== $*"; }
fail() { echo "failed: $*" >&2; exit 1; }

prepare() {
    step "$2 in a clean $1"
    make_root "$1" "$work/$3" || fail debootstrap
    cp "$2" "$work/$3/root/agent.deb"
    inside "$work/$3" apt-get update -qq
    inside "$work/$3" apt-get install -y -qq --no-install-recommends /root/agent.deb man-db bash-completion \
        >"$work/apt.log" 2>&1 || { tail -30 "$work/apt.log"; fail "apt-get install"; }
    inside "$work/$3" simbank-agent --version
    inside "$work/$3" man --warnings=w simbank-agent-restore | grep -q -- --keep-config || fail "the manual"
    inside "$work/$3" bash -c '. /usr/share/bash-completion/bash_completion
        . /usr/share/bash-completion/completions/simbank-agent
        COMP_WORDS=(simbank-agent re) COMP_CWORD=1; _simbank_agent_completion simbank-agent
        [[ " ${COMPREPLY[*]} " == *" rename "* ]]' || fail "completion"
}

# Start a bank of six modules whose links are in a folder, beside a stand-in of Onlinesim, in the background.
bank() {
    mkdir -p "$work/$1/root/bank"
    (exec_inside "$work/$1" simbank-agent simulate --modules 6 --slots 6 --links "/root/bank/$2" --json \
        </dev/null >"$work/$1.bank" 2>"$work/$1.bank.log") &
    started="$started $!"
    for _ in $(seq 60); do
        [ -s "$work/$1.bank" ] && break
        sleep 1
    done
    [ -s "$work/$1.bank" ] || { cat "$work/$1.bank.log"; fail "no simulated bank"; }
}

# Start the agent of a root with a configuration, and wait until six numbers are live and reported.
run_agent() {
    (exec_inside "$work/$1" simbank-agent run --config "$2" >"$work/$1.log" 2>&1) &
    agent=$!
    started="$started $agent"
    for _ in $(seq 120); do
        inside "$work/$1" simbank-agent status --json --config "$2" >"$work/status.json" 2>/dev/null &&
            grep -q '"live": 6' "$work/status.json" && grep -q '"outcome": "accepted"' "$work/status.json" && return
        kill -0 "$agent" 2>/dev/null || break
        sleep 1
    done
    tail -30 "$work/$1.log"
    fail "six numbers were not sold"
}

# What Onlinesim is told of each module: name, number, date.
told() {
    inside "$work/$1" simbank-agent payload --config "$2" |
        inside "$work/$1" python3 -c 'import json, sys
for one in json.load(sys.stdin)["numbers"]: print(one["port_id"], one["number"], one["date_start"])' | sort
}

prepare "$old_suite" "$old_package" old
step "init, and sell to a stand-in"
bank old old-shelf
server=$(sed -n 's/.*"server": *"\([^"]*\)".*/\1/p' "$work/old.bank" | head -1)
[ -n "$server" ] || { cat "$work/old.bank"; fail "no stand-in"; }
ports=""
for n in 1 2 3 4 5 6; do ports="$ports --port /root/bank/old-shelf/Port$n"; done
# shellcheck disable=SC2086  # a list of words
echo "a-key" | inside "$work/old" simbank-agent init --server "$server" --key-file - --modules 6 $ports ||
    fail "init"
[ "$(stat -c %a:%s "$work/old/etc/simbank-agent/api_key")" = 600:6 ] || fail "the key is not where the service finds it"
inside "$work/old" simbank-agent init --server sandbox --modules 1 && fail "init has overwritten something"
config=/etc/simbank-agent/config.yaml
run_agent old $config
inside "$work/old" simbank-agent rename Port1 "left shelf" --config $config
inside "$work/old" simbank-agent rename Port2 Port3 --swap --config $config
sleep 3
told old $config >"$work/told.old"
cat "$work/told.old"

step "a backup while it runs"
inside "$work/old" simbank-agent backup /root/moved.tar.gz --with-key --config $config
[ "$(stat -c %a "$work/old/root/moved.tar.gz")" = 600 ] || fail "others can read the backup"
inside "$work/old" simbank-agent restore /root/moved.tar.gz --config $config 2>/dev/null && fail "restored under a running agent"
kill -TERM "$agent"
wait "$agent" || { tail -20 "$work/old.log"; fail "the agent ended with $?"; }

prepare "$new_suite" "$new_package" new
step "restore to other paths, with the modules at other ports"
cp "$work/old/root/moved.tar.gz" "$work/new/root/"
# The same modules and cards: the simulator makes them by their number.
kill $started 2>/dev/null || true
started=""
bank new new-shelf
inside "$work/new" simbank-agent restore /root/moved.tar.gz --config /srv/bank/config.yaml || fail restore
[ "$(cat "$work/new/srv/bank/api_key")" = a-key ] || fail "the key"
server=$(sed -n 's/.*"server": *"\([^"]*\)".*/\1/p' "$work/new.bank" | head -1)
sed -i "s|^  server: .*|  server: $server|; s|/root/bank/old-shelf/|/root/bank/new-shelf/|" "$work/new/srv/bank/config.yaml"
config=/srv/bank/config.yaml
run_agent new $config
told new $config >"$work/told.moved"
inside "$work/new" simbank-agent modules --config $config
inside "$work/new" simbank-agent move --all --config $config
sleep 3
told new $config >"$work/told.new"
diff "$work/told.old" "$work/told.new" || { cat "$work/told.moved"; fail "names, numbers or dates differ"; }
kill -TERM "$agent"
wait "$agent" || { tail -20 "$work/new.log"; fail "the agent ended with $?"; }
echo "six modules have their names, numbers and dates on the new host"
