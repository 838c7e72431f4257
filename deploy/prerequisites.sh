# For the scripts beside this file, which source it: what they need on the machine, and how they tell what they do.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

current_step=
trap 'status=$?; if [ "$status" != 0 ] && [ -n "$current_step" ]; then echo "FAILED: $current_step" >&2; fi' EXIT

# step TITLE COMMAND...: runs the command under a title, then prints how long it took; the script ends if it fails.
step() {
    current_step=$1
    shift
    local began=$SECONDS
    echo "== $current_step"
    "$@"
    echo "   done in $((SECONDS - began)) s"
    current_step=
}

# logged NAME PATTERN COMMAND...: runs a talkative command with its output in .build/NAME.log; when it fails, prints the lines
# that match the pattern, with the one after each, and the last ones.
logged() {
    local log=.build/$1.log pattern=$2 status=0
    shift 2
    mkdir -p .build
    "$@" >"$log" 2>&1 || status=$?
    if [ "$status" != 0 ]; then
        grep -E -A 2 -- "$pattern" "$log" | awk '!seen[$0]++' | head -n 120 || true
        echo "… its end:"
        tail -n 15 "$log"
        echo "exit $status; the whole output is in $log" >&2
    fi
    return "$status"
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "This needs root, and there is no sudo. Run as root: $*" >&2
        return 1
    fi
}

# install_packages PACKAGE...: installs those Debian packages that are missing.
install_packages() {
    local missing=() package
    if ! command -v dpkg-query >/dev/null; then
        echo "Not a Debian system: install the equivalents of $* if the build asks for them."
        return
    fi
    for package in "$@"; do
        if [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
            missing+=("$package")
        fi
    done
    if [ ${#missing[@]} = 0 ]; then
        echo "nothing is missing"
        return
    fi
    echo "installing ${missing[*]}"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}"
}

# What it takes to build: Swift, and the headers of the two libraries that the relay uses.
install_build_prerequisites() {
    if ! command -v swift >/dev/null; then
        echo "Swift 6.2 or newer is needed: https://www.swift.org/install/linux" >&2
        return 1
    fi
    install_packages ca-certificates libcurl4-openssl-dev libsqlite3-dev pkg-config "$@"
}
