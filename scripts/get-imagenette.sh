#!/usr/bin/env bash
#
# Downloads Imagenette and unpacks it into data/: `scripts/get-imagenette.sh [160px|320px|full]`.
#
# A broken download is resumed. An archive is used only if its md5 is right and it contains nothing but
# folders and files below its own name. The folder data/imagenette2-160 (or imagenette2-320,
# imagenette2) appears whole or not at all.
#
# IMAGENETTE_URL  another server's address, without the file name
# IMAGENETTE_MD5  the md5 of that server's archive
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
{ exec 9>"data/.$name.lock"; } 2>/dev/null || fail 73 "cannot create data/.$name.lock"
if command -v flock >/dev/null; then
  flock --nonblock 9 || fail 73 "$folder: another process is downloading it"
fi

has_right_md5() {
  [[ $(md5sum <"$1" | cut -d ' ' -f 1) == "$md5" ]]
}

# Downloads the rest of the file. Sets `outcome` to `done`, `refused` (the server does not have the
# file), `restart` (it cannot resume at this place), `full` (the disk is) or `broken`.
download() {
  local code=0 answer='' progress=--silent
  if command -v curl >/dev/null; then
    [[ ! -t 2 ]] || progress=--progress-bar
    answer=$(curl --fail --location $progress --retry 3 --continue-at - \
      --connect-timeout 30 --speed-limit 100 --speed-time 30 \
      --write-out '%{http_code}' --output "$partial" "$url") || code=$?
    case $code/$answer in
      0/*) outcome=done ;;
      22/416 | 33/*) outcome=restart ;;
      22/4*) outcome=refused ;;
      23/*) outcome=full ;;
      *) outcome=broken ;;
    esac
  elif command -v wget >/dev/null; then
    answer=$(wget --no-verbose --server-response --tries 3 --timeout 30 --continue \
      --output-document "$partial" "$url" 2>&1) || code=$?
    answer=$(grep --only-matching '^  HTTP/[0-9.]* [0-9]*' <<<"$answer" | tail -n 1) || true
    case $code/${answer##* } in
      0/*) outcome=done ;;
      8/416 | 8/200) outcome=restart ;;
      8/4*) outcome=refused ;;
      3/*) outcome=full ;;
      *) outcome=broken ;;
    esac
  else
    fail 66 "neither curl nor wget is installed; apt-get install curl"
  fi
}

if [[ ! -f $archive ]]; then
  echo "downloading $url"
  # A download that was interrupted at its very end has nothing left to ask for.
  if [[ ! -f $partial ]] || ! has_right_md5 "$partial"; then
    [[ -f $partial ]] && resumed=true || resumed=false
    download
    # The part from an earlier download may belong to another file.
    if [[ $outcome == done ]] && $resumed && ! has_right_md5 "$partial"; then outcome=restart; fi
    if [[ $outcome == restart ]]; then
      rm -f "$partial"
      download
    fi
    case $outcome in
      done) ;;
      refused) fail 66 "$url: the server does not have it; check IMAGENETTE_URL" ;;
      full) fail 74 "$partial: cannot write; is the disk full?" ;;
      *) fail 74 "$url: the download stopped; run again to resume it" ;;
    esac
  fi
  if ! has_right_md5 "$partial"; then
    rm -f "$partial"
    fail 65 "$url: wrong md5, expected $md5; removed, run again"
  fi
  mv "$partial" "$archive" || fail 74 "cannot write $archive"
elif ! has_right_md5 "$archive"; then
  rm -f "$archive"
  fail 65 "$archive: wrong md5, expected $md5; removed, run again"
fi

echo "unpacking $archive"
temporary=$(mktemp -d "data/.$name.XXXXXX") || fail 73 "cannot create a folder in data"
trap 'rm -rf "$temporary"' EXIT
# Links, and paths that lead out of the folder, are refused before anything is unpacked.
listing=$(tar --list --verbose --numeric-owner --gzip --file "$archive" 2>"$temporary/messages") ||
  fail 65 "$archive: damaged: $(head -n 1 "$temporary/messages"); remove it and run again"
stranger=$(printf '%s\n' "$listing" | awk -v name="$name" '
  {
    type = substr($0, 1, 1)
    path = $0
    for (i = 1; i <= 5; i++) sub(/^[^ ]+ +/, "", path)
    isOurs = index(path "/", name "/") == 1 && ("/" path "/") !~ /\/\.\.\//
    if (first == "" && (type !~ /[-d]/ || !isOurs)) first = path
  }
  END { print first }')
[[ -z $stranger ]] ||
  fail 65 "$archive: expected only folders and files in $name/, got $stranger; nothing is unpacked"
tar --extract --gzip --file "$archive" --directory "$temporary" \
  --no-same-owner --no-same-permissions 2>"$temporary/messages" ||
  fail 74 "$archive: cannot unpack: $(head -n 1 "$temporary/messages")"
for split in train val; do
  [[ -d $temporary/$name/$split ]] || fail 65 "$archive: expected a folder $name/$split in it"
done
mv "$temporary/$name" "$folder" || fail 74 "cannot create $folder"
rm -f "$archive"
echo "$folder: ready"
