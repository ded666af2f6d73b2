#!/bin/sh
# Install what tests use beside Python: PostgreSQL and MariaDB, Chromium, fonts for it and a library that drives it, and
# programs that send files by SFTP.
#
# Only from Debian's packages, only as root or with sudo that asks nothing, and only what is missing.
# SYSTEM_PACKAGES=no leaves the machine as it is. Without a tool, the tests that need it are skipped.
set -eu

say() { printf '%s\n' "$*" >&2; }

missing=
command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
command -v mariadbd >/dev/null 2>&1 || [ -x /usr/sbin/mariadbd ] || missing="$missing mariadb-server-core mariadb-client-core"
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
ls /usr/lib/*/libatomic.so.1 >/dev/null 2>&1 || missing="$missing libatomic1" # for Playwright
[ -d /usr/share/fonts/truetype/dejavu ] || missing="$missing fonts-dejavu-core"
[ -d /usr/share/fonts/truetype/noto ] || missing="$missing fonts-noto-core"
for program in ssh:openssh-client lftp:lftp rclone:rclone curl:curl psftp:putty-tools; do # send files by SFTP
    command -v "${program%%:*}" >/dev/null 2>&1 || missing="$missing ${program#*:}"
done

[ -n "$missing" ] || exit 0

leave() {
    say "Not installed:$missing ($1)."
    say "Tests that need them will be skipped. To run those too, as root: apt-get install$missing"
    exit 0
}

[ "${SYSTEM_PACKAGES:-yes}" = yes ] || leave "SYSTEM_PACKAGES=$SYSTEM_PACKAGES"
command -v apt-get >/dev/null 2>&1 || leave "this system has no apt-get"
if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    leave "only root may install them"
fi

say "Installing for the tests, once:$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086  # lists of words on purpose
if ! {
    $as_root apt-get update -qq &&
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing
} >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    leave "apt-get failed, see above"
fi
