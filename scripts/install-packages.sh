#!/bin/sh
# Installs the system packages that the build and the figures need, if they are missing. Prints
# nothing where all are there. Exit code 66: a package is missing and cannot be installed here.
set -eu

# Succeeds if the C compiler finds a header.
has_header() {
  for compiler in clang cc gcc; do
    if command -v "$compiler" >/dev/null 2>&1; then
      printf '#include <stdio.h>\n#include <%s>\n' "$1" |
        "$compiler" -E -x c - >/dev/null 2>&1 && return 0
      return 1
    fi
  done
  # Without a compiler on the search path, look where Debian puts headers.
  for file in /usr/include/"$1" /usr/include/*/"$1"; do
    [ -e "$file" ] && return 0
  done
  return 1
}

missing_packages() {
  has_header cblas.h || echo libopenblas-dev
  has_header jpeglib.h || echo libjpeg-dev
  command -v gnuplot >/dev/null 2>&1 || echo gnuplot-nox
}

missing=$(missing_packages | tr '\n' ' ')
missing=${missing% }
[ -n "$missing" ] || exit 0

install="apt-get install -y --no-install-recommends $missing"
if ! command -v apt-get >/dev/null 2>&1; then
  echo "missing packages: $missing (Debian's names); install them with this system's package manager" >&2
  exit 66
fi
if [ "$(id -u)" = 0 ]; then
  privilege=
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
  privilege="sudo -n"
else
  echo "missing packages: $missing; run: sudo $install" >&2
  exit 66
fi

echo "installing $missing" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# The list of packages may be old or absent, and the installation must not ask questions.
if ! { $privilege apt-get update && $privilege env DEBIAN_FRONTEND=noninteractive $install; } \
  >"$log" 2>&1; then
  tail -n 5 "$log" >&2
  echo "cannot install $missing; run: $install" >&2
  exit 66
fi
missing=$(missing_packages | tr '\n' ' ')
if [ -n "$missing" ]; then
  echo "still missing after installation: $missing" >&2
  exit 66
fi
