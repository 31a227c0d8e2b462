#!/bin/sh
# Fetch the Liberty file for the tests of area from Debian's package qflow-tech-osu018. Installing the
# package itself would also install a tool chain that nothing here needs.
set -eu
cd "$(dirname "$0")/.."

name=osu018_stdcells.lib
system=/usr/share/qflow/tech/osu018/$name
own=.venv/osu018/$name
if [ -e "$system" ] || [ -e "$own" ]; then
    exit 0
fi

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo -n "$@" # without asking: fails where a password is needed
    fi
}

fetch() {
    # Package lists of a fresh machine are empty or old: update them if the first try fails.
    apt-get -qq download qflow-tech-osu018 ||
        { as_root apt-get -qq update && apt-get -qq download qflow-tech-osu018; }
}

echo "Fetching the cell library for the tests of area"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
if ! (cd "$folder" && fetch && dpkg-deb -x qflow-tech-osu018_*.deb .) >"$folder/log" 2>&1; then
    tail -n 5 "$folder/log" >&2
    echo "The tests need $own, a file of Debian's package qflow-tech-osu018" >&2
    exit 1
fi
mkdir -p "$(dirname "$own")"
cp "$folder$system" "$own.part"
mv "$own.part" "$own"
