#!/bin/sh
# Check the system's tools that simulation needs. With --icarus also install Icarus Verilog
# when it is missing and the system's package manager may be used without asking.
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

[ "${1:-}" = --icarus ] || exit 0
if command -v iverilog >/dev/null 2>&1; then
    exit 0
fi

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo -n "$@" # without asking: fails where a password is needed
    fi
}

apt_install() {
    apt="as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=120"
    # The package lists of a fresh machine are empty or old: fetch them when the first try fails.
    $apt install -y iverilog || { $apt update && $apt install -y iverilog; }
}

if command -v apt-get >/dev/null 2>&1; then
    by_hand="sudo apt-get install iverilog"
    install=apt_install
elif command -v dnf >/dev/null 2>&1; then
    by_hand="sudo dnf install iverilog"
    install="as_root dnf -q -y install iverilog"
elif command -v pacman >/dev/null 2>&1; then
    by_hand="sudo pacman -S iverilog"
    install="as_root pacman -S --noconfirm --needed iverilog"
elif command -v brew >/dev/null 2>&1; then
    by_hand="brew install icarus-verilog"
    install="brew install --quiet icarus-verilog"
else
    by_hand="see https://steveicarus.github.io/iverilog/usage/installation.html"
    install=false
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
trap 'exit 130' INT TERM
echo "Installing Icarus Verilog"
if ! $install >"$log" 2>&1 || ! command -v iverilog >/dev/null 2>&1; then
    tail -n 5 "$log" >&2
    echo "The tests need Icarus Verilog 11 or newer (iverilog): $by_hand" >&2
    exit 1
fi
