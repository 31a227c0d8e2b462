#!/bin/sh
# Check the system's tools that simulations need. If a tool is missing and the system's package
# manager asks for no password, --icarus also installs Icarus Verilog and the libraries with which
# Verilator writes FST waves, and --ngspice installs ngspice, which characterises standard cells.
set -eu

missing=
for tool in g++ make perl; do
    command -v "$tool" >/dev/null 2>&1 || missing="$missing $tool"
done
if [ -n "$missing" ]; then
    echo "Verilator needs$missing: install with the system's package manager" \
        "(Debian, Ubuntu: apt-get install g++ make perl)" >&2
    exit 1
fi

case "${1:-}" in
--icarus)
    what="Icarus Verilog and the libraries of its wave format"
    need="The tests need Icarus Verilog 11 or newer (iverilog), lz4.h and zlib.h"
    complete() {
        command -v iverilog >/dev/null 2>&1 &&
            printf '#include <lz4.h>\n#include <zlib.h>\n' | g++ -E -x c++ - >/dev/null 2>&1
    }
    ;;
--ngspice)
    what=ngspice
    need="The characterisation of standard cells needs ngspice"
    complete() { command -v ngspice >/dev/null 2>&1; }
    ;;
*) exit 0 ;;
esac
if complete; then
    exit 0
fi

# Print the packages to install: ngspice has the same name everywhere, the others are given.
packages() {
    if [ "$what" = ngspice ]; then echo ngspice; else echo "$1"; fi
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo -n "$@" # without asking: fails where a password is needed
    fi
}

apt_install() {
    apt="as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120"
    # Package lists of a fresh machine are empty or old: update them if the first try fails.
    $apt install -y $packages || { $apt update && $apt install -y $packages; }
}

if command -v apt-get >/dev/null 2>&1; then
    packages=$(packages "iverilog liblz4-dev zlib1g-dev")
    by_hand="sudo apt-get install $packages"
    install=apt_install
elif command -v dnf >/dev/null 2>&1; then
    packages=$(packages "iverilog lz4-devel zlib-devel")
    by_hand="sudo dnf install $packages"
    install="as_root dnf -q -y install $packages"
elif command -v pacman >/dev/null 2>&1; then
    packages=$(packages "iverilog lz4 zlib")
    by_hand="sudo pacman -S $packages"
    install="as_root pacman -S --noconfirm --needed $packages"
elif command -v brew >/dev/null 2>&1; then
    packages=$(packages "icarus-verilog lz4 zlib")
    by_hand="brew install $packages, with its include and lib folders in CPATH and LIBRARY_PATH"
    install="brew install --quiet $packages"
else
    by_hand="install it with the system's package manager"
    install=false
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
trap 'exit 130' INT TERM
echo "Installing $what"
if ! $install >"$log" 2>&1 || ! complete; then
    tail -n 5 "$log" >&2
    echo "$need: $by_hand" >&2
    exit 1
fi
