# What the scripts of this folder share; they source it at their start.
#
# It goes to the root of the package and makes a folder, `scratch`, which is removed at the end. Before
# that a process that the script has left in `job` is ended, and a file system that it has left in
# `mounted` is unmounted.

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
