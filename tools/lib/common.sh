# shellcheck shell=bash
# What quickstart, check and package share: messages, and the installation of what is missing. Sourced, not run.

# Packages that a build needs, by the names that Debian and Ubuntu give them.
# shellcheck disable=SC2034 # Used by those who source this.
BUILD_PACKAGES=(zlib1g-dev libjpeg-dev libspng-dev pkg-config git ca-certificates
  # What follows brings libraries that are opened when they are first needed; nothing is linked with them.
  curl # reszoo pull
  libopenblas0 # reszoo similar
  libwebp7 libtiff6) # images of these formats
# What the Swift toolchain itself wants; images of it have these, a fresh system does not.
TOOLCHAIN_PACKAGES=(g++ libc6-dev libcurl4-openssl-dev libedit-dev libncurses-dev libsqlite3-dev libxml2-dev tzdata)
SWIFT_MAJOR=6
SWIFT_MINOR=2

say() { printf '%s\n' "$*" >&2; }

fail() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# Prints a command as one can type it, then runs it.
run() {
  printf '$' >&2
  printf ' %q' "$@" >&2
  printf '\n' >&2
  "$@"
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    run "$@"
  elif command -v sudo >/dev/null; then
    run sudo "$@"
  else
    fail "this needs root and there is no sudo; run as root: $*"
  fi
}

# Succeeds when a Debian package is installed.
is_installed() {
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Installs those of the named packages that are missing; asks no network when none is. With RESZOO_NO_INSTALL it only says which they are.
need_packages() {
  local missing=() package
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    say "This is neither Debian nor Ubuntu, so nothing is installed: make sure that the counterparts of these"
    say "packages are there: $*"
    return
  fi
  for package in "$@"; do
    is_installed "$package" || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  say "Missing: ${missing[*]}"
  [ -z "${RESZOO_NO_INSTALL-}" ] || return 0
  as_root apt-get update -q
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
}

# Checks that there is a Swift toolchain that is new enough, and installs what it wants if it does not run or has no
# C++ library to link with.
need_swift() {
  local where="install the toolchain for your system from swift.org/install and put its bin folder on PATH"
  command -v swift >/dev/null || fail "there is no 'swift' on PATH: $where"
  if ! swift --version >/dev/null 2>&1 || ! compgen -G '/usr/lib/gcc*/*/*/libstdc++.so' >/dev/null; then
    need_packages "${TOOLCHAIN_PACKAGES[@]}"
  fi
  local text
  text=$(swift --version 2>&1) || fail "'swift --version' fails ($text): $where"
  [[ $text =~ Swift\ version\ ([0-9]+)\.([0-9]+) ]] || fail "'swift --version' names no version: $text"
  local major=${BASH_REMATCH[1]} minor=${BASH_REMATCH[2]}
  if ((major < SWIFT_MAJOR || (major == SWIFT_MAJOR && minor < SWIFT_MINOR))); then
    fail "Swift $major.$minor is too old, it must be $SWIFT_MAJOR.$SWIFT_MINOR or later: $where"
  fi
}
