#!/bin/sh
# Fetch the Liberty and the LEF file for the tests of area and of hbfp ppa from Debian's package
# qflow-tech-osu018. Installing the package itself would also install a tool chain that nothing here
# needs.
set -eu
cd "$(dirname "$0")/.."

name=osu018_stdcells
system=/usr/share/qflow/tech/osu018
own=.venv/osu018
for folder in "$system" "$own"; do
    if [ -e "$folder/$name.lib" ] && [ -e "$folder/$name.lef" ]; then
        exit 0
    fi
done

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

echo "Fetching the cell library for the tests"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
if ! (cd "$folder" && fetch && dpkg-deb -x qflow-tech-osu018_*.deb .) >"$folder/log" 2>&1; then
    tail -n 5 "$folder/log" >&2
    echo "The tests need $own/$name.lib and .lef, files of Debian's package qflow-tech-osu018" >&2
    exit 1
fi
mkdir -p "$own"
for ending in lef lib; do
    cp "$folder$system/$name.$ending" "$own/$name.part"
    mv "$own/$name.part" "$own/$name.$ending"
done
