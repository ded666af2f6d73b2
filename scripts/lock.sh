#!/bin/sh
# Pin every dependency, with hashes, for every platform: requirements/base.lock, dev.lock and bench.lock.
#
# The base comes first and binds the others, so that tests run on exactly what is shipped.
# UPGRADE=1 takes the newest allowed versions; without it a pin stays unless pyproject.toml forbids it.
set -eu

venv=$1
uv=$(command -v uv || command -v "$venv/bin/uv" || true)
if [ -z "$uv" ]; then
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check uv
    uv=$venv/bin/uv
fi

lock() {
    name=$1
    shift
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
        --no-emit-index-url --no-emit-find-links ${UPGRADE:+--upgrade} \
        pyproject.toml --all-extras "$@" -o "requirements/$name.lock"
}

lock base
lock dev -c requirements/base.lock --group dev
lock bench -c requirements/base.lock --group bench

if grep -nE '(://|--(index|extra-index|find-links))' requirements/*.lock; then
    echo "A lock names the place it was made from: nothing may depend on one registry." >&2
    exit 1
fi
