#!/usr/bin/env bash
#
# Downloads Imagenette and unpacks it into data/: `scripts/get-imagenette.sh [160px|320px|full]`.
#
# A broken download goes on where it stopped. An archive counts only after its md5 agrees, and the
# folder data/imagenette2-160 (or imagenette2-320, imagenette2) appears only when it is whole.
#
# IMAGENETTE_URL  where the archives are, without the file name
# IMAGENETTE_MD5  the archive's md5, for another server's archives
#
# Exit codes: 0 done, 64 usage, 65 wrong md5 or damaged archive, 66 not on the server,
# 73 cannot create, 74 download or disk failed.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() {
  echo "error: $2" >&2
  exit "$1"
}

size=${1:-160px}
size=${size#SIZE=}
case $size in
  160px) name=imagenette2-160 md5=e793b78cc4c9e9a4ccc0c1155377a412 ;;
  320px) name=imagenette2-320 md5=3df6f0d01a2c9592104656642f5e78a3 ;;
  full) name=imagenette2 md5=fe2fc210e6bb7c5664d602c3cd71e612 ;;
  *) fail 64 "size: expected 160px, 320px or full, got '$size'" ;;
esac
url=${IMAGENETTE_URL:-https://s3.amazonaws.com/fast-ai-imageclas}/$name.tgz
md5=${IMAGENETTE_MD5:-$md5}
folder=data/$name
archive=data/$name.tgz
partial=$archive.partial

if [[ -d $folder/train && -d $folder/val ]]; then
  echo "$folder: already there"
  exit 0
fi
[[ ! -e $folder ]] || fail 73 "$folder: in the way, without train/ and val/; remove it"
mkdir -p data 2>/dev/null || fail 73 "cannot create folder data"

# Two downloads at once would write into the same file.
exec 9>"data/.$name.lock" || fail 73 "cannot create data/.$name.lock"
if command -v flock >/dev/null; then
  flock --nonblock 9 || fail 73 "$folder: another process is downloading it"
fi

has_right_md5() {
  [[ $(md5sum <"$1" | cut -d ' ' -f 1) == "$md5" ]]
}

# Downloads, going on after what is there. Sets `status` to one of our exit codes.
download() {
  local code=0 progress=--silent
  [[ ! -t 2 ]] || progress=--progress-bar
  if command -v curl >/dev/null; then
    curl --fail --location $progress --retry 3 --continue-at - --output "$partial" "$url" ||
      code=$?
    case $code in
      0) status=0 ;;
      22 | 33) status=66 ;; # refused by the server: the file, or the range
      *) status=74 ;;
    esac
  elif command -v wget >/dev/null; then
    wget --quiet --tries 3 --continue --output-document "$partial" "$url" || code=$?
    case $code in
      0) status=0 ;;
      8) status=66 ;;
      *) status=74 ;;
    esac
  else
    fail 66 "neither curl nor wget is installed; apt-get install curl"
  fi
}

if [[ ! -f $archive ]]; then
  echo "downloading $url"
  # A download that was complete when it was interrupted has nothing left to ask for.
  if [[ ! -f $partial ]] || ! has_right_md5 "$partial"; then
    download
    # A server that cannot go on where a download stopped may still have the file.
    if [[ $status == 66 && -f $partial ]]; then
      rm -f "$partial"
      download
    fi
    case $status in
      66) fail 66 "$url: the server does not have it; check IMAGENETTE_URL and the connection" ;;
      74) fail 74 "$url: the download stopped; run again to go on where it stopped" ;;
    esac
  fi
  if ! has_right_md5 "$partial"; then
    rm -f "$partial"
    fail 65 "$url: wrong md5, expected $md5; nothing is kept, run again"
  fi
  mv "$partial" "$archive" || fail 74 "cannot write $archive"
elif ! has_right_md5 "$archive"; then
  rm -f "$archive"
  fail 65 "$archive: wrong md5, expected $md5; removed, run again"
fi

echo "unpacking $archive"
temporary=$(mktemp -d "data/.$name.XXXXXX") || fail 73 "cannot create a folder in data"
trap 'rm -rf "$temporary"' EXIT
tar --extract --gzip --file "$archive" --directory "$temporary" \
  --no-same-owner --no-same-permissions 2>"$temporary/messages" ||
  fail 74 "$archive: cannot unpack: $(head -n 1 "$temporary/messages")"
for split in train val; do
  [[ -d $temporary/$name/$split ]] || fail 65 "$archive: expected a folder $name/$split in it"
done
mv "$temporary/$name" "$folder" || fail 74 "cannot create $folder"
rm -f "$archive"
echo "$folder: ready"
