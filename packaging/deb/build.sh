#!/bin/sh
# Build dist/simbank-agent_VERSION_ARCH.deb: build.sh [PYTHON [amd64 | arm64 | armhf [3.11 | 3.13 | ...]]]
#
# Without an architecture it is for this machine's, without a version for a Debian whose python3 is like PYTHON. The
# libraries come as wheels, and some are compiled. They go into a folder of their own, so that they neither serve other
# programs nor replace Debian's. For another machine or version PYTHON (with pip) must have them itself; a package for
# another version goes into a folder of dist/ named after it.
set -eu

python=${1:-python3}
architecture=${2:-$(dpkg --print-architecture)}
own_version=$("$python" -I -c 'import sys; print("{}.{}".format(*sys.version_info))')
python_version=${3:-$own_version}
without='' debian=''
here=$(cd "$(dirname "$0")" && pwd)
project=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
stage=$work/stage
lib=$stage/usr/lib/simbank-agent/lib

# From a copy: setuptools would package what an earlier build left in build/.
mkdir "$work/source"
(cd "$project" && cp -a agent drivers udev config.yaml constraints.txt pyproject.toml README.md LICENSE "$work/source")
find "$work/source" -name __pycache__ -prune -exec rm -rf {} +
mkdir -p "$lib"
put() {
    "$python" -m pip install --quiet --disable-pip-version-check --no-compile --no-warn-script-location \
        --constraint "$project/constraints.txt" --target "$lib" "$@"
}
if [ "$architecture $python_version" = "$(dpkg --print-architecture) $own_version" ]; then
    put "$work/source[alerts,fleet]"
    runnable=$lib
else
    # pip takes wheels of another machine or version by the names that their makers gave it, and builds nothing for it.
    case $architecture in
    amd64) machine=x86_64 ;;
    arm64) machine=aarch64 ;;
    armhf) machine=armv7l without=pyyaml debian=python3-yaml ;;  # no wheel of it; Debian's own has all that is used
    *) echo "no wheels are known for $architecture" >&2; exit 2 ;;
    esac
    "$python" -I -c 'import sys, tomllib
project = tomllib.load(open(sys.argv[1], "rb"))["project"]
extras = project["optional-dependencies"]
print(*project["dependencies"], *extras["alerts"], *extras["fleet"], sep="\n")' \
        "$project/pyproject.toml" >"$work/wanted"
    "$python" -m pip install --quiet --disable-pip-version-check --dry-run --ignore-installed \
        --constraint "$project/constraints.txt" --report "$work/report" --requirement "$work/wanted"
    "$python" -I -c 'import json, sys
for one in json.load(open(sys.argv[1]))["install"]:
    if one["metadata"]["name"].lower() != sys.argv[2]:
        print(one["metadata"]["name"] + "==" + one["metadata"]["version"])' "$work/report" "$without" >"$work/needed"
    put --no-deps --only-binary=:all: --python-version "$python_version" \
        --platform "manylinux_2_17_$machine" --platform "manylinux2014_$machine" \
        --platform "manylinux_2_28_$machine" --platform "manylinux_2_31_$machine" --requirement "$work/needed"
    put --no-deps "$work/source"
    runnable=$work/source  # the compiled libraries in $lib do not run here
fi
rm -rf "$lib/bin"
# Leave out the path of the build.
rm -f "$lib"/simbank_agent-*.dist-info/direct_url.json
sed -i '/direct_url\.json/d; /^\.\.\/\.\.\/bin\//d' "$lib"/simbank_agent-*.dist-info/RECORD

version=$("$python" -I -c "import sys; sys.path.insert(0, '$runnable'); import agent; print(agent.__version__)")
minor=${python_version#3.}

install -D -m 755 "$here/simbank-agent" "$stage/usr/bin/simbank-agent"
install -D -m 644 "$project/udev/simbank-agent.service" "$stage/usr/lib/systemd/system/simbank-agent.service"
install -D -m 644 "$project/udev/simbank-agent.sysusers" "$stage/usr/lib/sysusers.d/simbank-agent.conf"
for rules in "$project"/udev/*.rules; do
    install -D -m 644 "$rules" "$stage/usr/lib/udev/rules.d/${rules##*/}"
done
mkdir -p "$stage/etc/simbank-agent"
"$python" -I -c "import sys; sys.path.insert(0, '$runnable')
from agent.install.files import installed_config
print(installed_config(), end='')" >"$stage/etc/simbank-agent/config.yaml"
find "$lib" -name __pycache__ -prune -exec rm -rf {} +
doc=$stage/usr/share/doc/simbank-agent
"$here/put-docs" "$project" "$doc"
install -D -m 644 "$project/LICENSE" "$doc/copyright"
man=$stage/usr/share/man
PYTHONPATH=$runnable "$python" "$project/packaging/man_pages.py" "$man/man1"
PYTHONPATH=$runnable "$python" "$project/packaging/man_pages.py" "$man/ru/man1" ru
gzip -9n "$man"/man1/*.1 "$man"/ru/man1/*.1
completion() {
    mkdir -p "$(dirname "$stage/$2")"
    _SIMBANK_AGENT_COMPLETE=source_$1 "$python" -I -c "import sys; sys.path.insert(0, '$runnable')
sys.argv = ['simbank-agent']
from agent.__main__ import main
main()" | sed '/./,$!d' >"$stage/$2"
}
completion bash usr/share/bash-completion/completions/simbank-agent
completion zsh usr/share/zsh/vendor-completions/_simbank-agent
# zsh reads "#compdef" in the first line alone, and runs the file as the function that completes.
echo '_simbank_agent_completion "$@"' >>"$stage/usr/share/zsh/vendor-completions/_simbank-agent"
completion fish usr/share/fish/vendor_completions.d/simbank-agent.fish

mkdir "$stage/DEBIAN"
for script in postinst prerm postrm; do
    install -m 755 "$here/$script" "$stage/DEBIAN/$script"
done
echo /etc/simbank-agent/config.yaml >"$stage/DEBIAN/conffiles"
sed -e "s/@VERSION@/$version/; s/@ARCHITECTURE@/$architecture/" \
    -e "s/@MINOR@/$minor/; s/@NEXT@/$((minor + 1))/; s/@MORE@/${debian:+, $debian}/" \
    -e "s/@SIZE@/$(du -sk --exclude=DEBIAN "$stage" | cut -f1)/" "$here/control" >"$stage/DEBIAN/control"
(cd "$stage" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | sort -z | xargs -0 md5sum >DEBIAN/md5sums)

chmod -R u=rwX,go=rX "$stage"
# The same sources make the same package: dpkg-deb takes this for the newest time in it.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$project" log -1 --format=%ct 2>/dev/null || date +%s)}
export SOURCE_DATE_EPOCH
dist=$project/dist
[ "$python_version" = "$own_version" ] || dist=$dist/python$python_version
mkdir -p "$dist"
package=$dist/simbank-agent_${version}_${architecture}.deb
dpkg-deb --root-owner-group --build "$stage" "$package" >/dev/null
echo "$package"
