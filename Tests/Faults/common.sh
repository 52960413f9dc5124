# Shared by the scripts of this folder, which source it first.
#
# Changes to the package's root and creates a folder, `scratch`, which is removed at the end. Before that,
# the process that the script left in `job` is ended, and the file system it left in `mounted` is
# unmounted.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

scratch=$(mktemp -d)
job=
mounted=
cleanup() {
  [[ -z $job ]] || kill "$job" 2>/dev/null || true
  [[ -z $mounted ]] || umount "$mounted"
  rm -rf "$scratch"
}
trap cleanup EXIT

# fail TEXT: ends the script, which names itself.
fail() {
  echo "$(basename "$0" .sh): $1" >&2
  exit 1
}
