#!/usr/bin/env bash
# Sets a checkout up: system packages, then the native shim, then the .NET build. Both launchers call it.
#
#   eng/bootstrap.sh [--check] cli|all
#
# cli builds the command line, all builds the solution with its tests. --check says what is missing and what would be
# done, and changes nothing. Exit code 0: ready (with --check: it can be made ready); 1: a build went wrong; 3: this
# machine lacks something that cannot be installed from here. Every check comes before the first change.
#
# Variables: LIBTORCH, a libtorch or pip torch folder to use instead of Debian's libtorch-dev; CI, when set packages are
# restored exactly as locked; THINKREC_BOOTSTRAP_ROOT, a prefix of the system files looked at (for the tests).
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
readonly state=artifacts/bootstrap
readonly sysroot=${THINKREC_BOOTSTRAP_ROOT:-}
readonly apt_packages=(g++ cmake make libtorch-dev libopenblas0-pthread libgloo-dev)

say() { printf 'thinkrec: %s\n' "$*" >&2; }
refuse() {
    printf 'error: %s\n' "$1" >&2
    printf '  %s\n' "${@:2}" >&2
    exit 3
}
exists() { compgen -G "$1" >/dev/null; }

# The packages of apt_packages whose files are not there.
find_missing() {
    local name
    for name in "${apt_packages[@]}"; do
        case $name in
            g++ | cmake | make) command -v "$name" >/dev/null || echo "$name" ;;
            libtorch-dev)
                [[ -n ${LIBTORCH:-} ]] ||
                    { exists "$sysroot/usr/include/torch/csrc/api/include/torch/version.h" &&
                        exists "$sysroot/usr/lib/*/libtorch_cpu.so"; } || echo "$name" ;;
            libopenblas0-pthread)
                [[ -n ${LIBTORCH:-} ]] || exists "$sysroot/usr/lib/*/openblas-pthread/libopenblas.so.0" || echo "$name" ;;
            libgloo-dev)
                [[ -n ${LIBTORCH:-} ]] || exists "$sysroot/usr/include/gloo/context.h" || echo "$name" ;;
        esac
    done
}

check_libtorch_folder() {
    local file
    for file in include/torch/csrc/api/include/torch/version.h lib/libtorch_cpu.so lib/libc10.so; do
        [[ -e $LIBTORCH/$file ]] && continue
        refuse "LIBTORCH=$LIBTORCH is not a libtorch folder: $file is not in it." \
            "Set LIBTORCH to a folder with include/ and lib/: an unpacked libtorch, or for a pip torch what" \
            "  python3 -c 'import os, torch; print(os.path.dirname(torch.__file__))'   prints." \
            "Or unset LIBTORCH to use Debian's libtorch-dev."
    done
}

check_libtorch_version() {
    local header=${LIBTORCH:-$sysroot/usr}/include/torch/csrc/api/include/torch/version.h major minor
    major=$(sed -n 's/^#define TORCH_VERSION_MAJOR \([0-9]*\).*/\1/p' "$header")
    minor=$(sed -n 's/^#define TORCH_VERSION_MINOR \([0-9]*\).*/\1/p' "$header")
    ((${major:-0} > 1 || ${minor:-0} >= 13)) ||
        refuse "libtorch is ${major:-?}.${minor:-?} ($header), but 1.13 or newer is needed." \
            "Download a newer libtorch and set LIBTORCH to its folder."
}

check_dotnet() {
    local install="Install it, see https://learn.microsoft.com/dotnet/core/install/linux, or as this user, without root:
    curl -fsSL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel 10.0 && export PATH=\"\$HOME/.dotnet:\$PATH\""
    command -v dotnet >/dev/null || refuse "the .NET 10 SDK is needed, but there is no 'dotnet' on PATH." "$install"
    local found
    found=$(dotnet --list-sdks 2>/dev/null | cut -d' ' -f1)
    grep -q '^10\.0\.' <<<"$found" ||
        refuse "the .NET 10 SDK (10.0.100 or newer) is needed, but 'dotnet' has: ${found:-no SDK}." "$install"
}

# Prints how root is reached, nothing when this is root; fails when it cannot be.
root_prefix() {
    [[ $(id -u) == 0 ]] || { command -v sudo >/dev/null && sudo -n true 2>/dev/null && echo "sudo -n"; }
}

# Refuses where the packages named cannot be installed.
check_can_install() {
    local by_hand="apt-get update && apt-get install -y --no-install-recommends $*"
    local other="or, for libtorch, unpack one anywhere and set LIBTORCH to its folder"
    local id=unknown like=""
    if [[ -r $sysroot/etc/os-release ]]; then
        id=$(sed -n 's/^ID="\{0,1\}\([^"]*\).*/\1/p' "$sysroot/etc/os-release")
        like=$(sed -n 's/^ID_LIKE="\{0,1\}\([^"]*\).*/\1/p' "$sysroot/etc/os-release")
    fi
    [[ " $id $like " =~ \ (debian|ubuntu)\  ]] && command -v apt-get >/dev/null ||
        refuse "missing: $*. They are installed by apt-get on Debian and Ubuntu only; this system is '$id'." \
            "Install a C++17 compiler, cmake and make with this system's own package manager," \
            "unpack a libtorch (1.13 or newer) and set LIBTORCH=/path/to/libtorch." \
            "On Debian 12: $by_hand"
    root_prefix >/dev/null ||
        refuse "missing: $*. Installing them needs root, and sudo asks for a password or is not there." \
            "Run as root: $by_hand" "$other."
}

install_packages() {
    local as_root by_hand="apt-get update && apt-get install -y --no-install-recommends $*"
    as_root=$(root_prefix)
    local apt=($as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq)
    say "installing $*"
    # Package lists that are already there may do when the update cannot reach every mirror.
    if ! "${apt[@]}" update >&2; then say "apt-get update could not reach every mirror; trying the lists at hand"; fi
    "${apt[@]}" install -y --no-install-recommends "$@" >&2 ||
        refuse "apt-get could not install $*; its own messages are above. Nothing was built." \
            "If it cannot reach a mirror, check the network, the proxy (http_proxy) and /etc/apt/sources.list, then run:" \
            "  $by_hand" "or, for libtorch, unpack one anywhere and set LIBTORCH to its folder."
}

digest() { sha256sum | cut -c1-64; }
digest_files() { find "$@" -type f -not -path '*/build/*' -print0 2>/dev/null | LC_ALL=C sort -z | xargs -0r sha256sum; }

shim_fingerprint() {
    local library
    library=${LIBTORCH:+$LIBTORCH/lib/libtorch_cpu.so}
    {
        g++ --version | head -1
        stat -Lc '%n %s %Y' "${library:-$(compgen -G "$sysroot/usr/lib/*/libtorch_cpu.so" | head -1)}"
        digest_files native/torchshim
    } | digest
}

build_fingerprint() {
    {
        command -v dotnet
        digest_files src eng configs global.json Directory.Build.props Directory.Packages.props .editorconfig
        [[ $1 == cli ]] || digest_files tests bench tools ThinkRec.slnx
    } | digest
}

is_fresh() { [[ -e $3 && -r $state/$1.stamp && $(<"$state/$1.stamp") == "$2" ]]; }

build_shim() {
    local build=artifacts/native/build print=$1
    say "building the native shim"
    rm -f "$state/shim.stamp"
    # Another libtorch must not meet the paths that cmake remembers.
    rm -rf "$build"
    { cmake -S native/torchshim -B "$build" -DCMAKE_BUILD_TYPE=Release -DLIBTORCH="${LIBTORCH:-}" &&
        cmake --build "$build" --parallel "$(nproc)"; } >"$state/shim.log" 2>&1 ||
        { cat "$state/shim.log" >&2; say "error: the native shim did not build; the messages are above"; return 1; }
    mv -f "$build/libtorchshim.so" artifacts/native/libtorchshim.so
    echo "$print" >"$state/shim.stamp"
}

build_solution() {
    local target=$1 print=$2 project=src/ThinkRec.Cli options=(-c Release -nologo -v quiet "-clp:ErrorsOnly;NoSummary")
    [[ $target == cli ]] || project=ThinkRec.slnx
    [[ -z ${CI:-} ]] || options+=(-p:RestoreLockedMode=true)
    say "building $project"
    rm -f "$state/$target.stamp"
    dotnet build "$project" "${options[@]}" >"$state/$target.log" 2>&1 9>&- || # no build server may keep the lock
        { cat "$state/$target.log" >&2; say "error: $project did not build; the messages are above"; return 1; }
    echo "$print" >"$state/$target.stamp"
}

main() {
    local check=false target missing shim build
    if [[ ${1:-} == --check ]]; then check=true && shift; fi
    target=${1:-}
    [[ $target == cli || $target == all ]] || { echo "usage: eng/bootstrap.sh [--check] cli|all" >&2; exit 2; }

    if [[ -n ${LIBTORCH:-} ]]; then
        check_libtorch_folder
        LIBTORCH=$(cd "$LIBTORCH" && pwd)
    fi
    check_dotnet
    read -ra missing <<<"$(find_missing | tr '\n' ' ')"
    ((${#missing[@]} == 0)) || check_can_install "${missing[@]}"
    if $check; then
        if ((${#missing[@]} > 0)); then say "would install ${missing[*]}"; else say "every system package is there"; fi
        say "would build what is out of date of: the native shim, $target"
        exit 0
    fi

    ((${#missing[@]} == 0)) || install_packages "${missing[@]}"
    check_libtorch_version
    shim=$(shim_fingerprint)
    build=$(build_fingerprint "$target")
    local executable=artifacts/bin/ThinkRec.Cli/release/thinkrec
    is_fresh shim "$shim" artifacts/native/libtorchshim.so && is_fresh "$target" "$build" "$executable" && return
    mkdir -p "$state" artifacts/native
    exec 9>"$state/lock"
    flock -n 9 || { say "waiting for another set-up of this checkout"; flock 9; }
    is_fresh shim "$shim" artifacts/native/libtorchshim.so || build_shim "$shim"
    is_fresh "$target" "$build" "$executable" || build_solution "$target" "$build"
}

main "$@"
