#!/bin/sh
# Install one lock, then Rollbook itself, into a virtual environment; make the environment when it is missing.
#
#   sh scripts/install.sh .venv requirements/base.lock
#
# Every file is checked against the hashes in the lock.
set -eu

venv=$1
lock=$2
python=$venv/bin/python

say() { printf '%s\n' "$*" >&2; }

find_python() {
    for candidate in ${PYTHON:-} python3.11 python3 python3.12 python3.13; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    say "Rollbook needs Python 3.11 or newer, and none was found."
    say "On Debian 12: apt-get install python3 python3-venv. Or name one: make PYTHON=/path/to/python3.11 ..."
    exit 1
}

# Debian keeps the part of Python that makes environments in a package of its own.
install_debian_venv() {
    if ! command -v apt-get >/dev/null 2>&1; then
        return 1
    elif [ "$(id -u)" = 0 ]; then
        as_root=
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        as_root="sudo -n"
    else
        return 1
    fi
    say "Installing python3-venv from Debian, once."
    $as_root apt-get update -qq >&2 &&
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends python3-venv >/dev/null
}

make_venv() {
    base_python=$(find_python)
    "$base_python" -m venv "$venv" >/dev/null 2>&1 && return
    rm -rf "$venv"
    if install_debian_venv && "$base_python" -m venv "$venv"; then
        return
    fi
    rm -rf "$venv"
    say "$base_python cannot make a virtual environment. Install what it lacks, then call make again."
    say "On Debian or Ubuntu, as root: apt-get install python3-venv"
    exit 1
}

[ -x "$python" ] || make_venv

say "Installing $lock into $venv ..."
uv=$(command -v uv || command -v "$venv/bin/uv" || true)
if [ -n "$uv" ] && "$uv" pip install --quiet --python "$python" --require-hashes -r "$lock"; then
    "$uv" pip install --quiet --python "$python" --no-deps -e .
else
    "$python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
    "$python" -m pip install --quiet --disable-pip-version-check --no-deps -e .
fi
