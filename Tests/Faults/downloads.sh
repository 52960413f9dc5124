#!/usr/bin/env bash
#
# Failing downloads are resumed or rejected, nothing is unpacked outside of data/, and an incomplete data
# set never passes for a complete one: `Tests/Faults/downloads.sh`. A local server provides the faults;
# skipped without python3. Runs once with curl and, if installed, once with wget.

source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

command -v python3 >/dev/null || { echo "downloads: no python3, skipped" >&2; exit 0; }

fail() {
  echo "downloads: with $tool: $1" >&2
  exit 1
}

name=imagenette2-160
# The script works on data/ beside its own folder.
mkdir -p "$scratch/tree/scripts" "$scratch/served" "$scratch/source"
cp scripts/get-imagenette.sh "$scratch/tree/scripts/"

# archive FILE PATH...: packs paths as they are, from the folder of sources.
archive() {
  tar --create --gzip --absolute-names --directory "$scratch/source" --file "$scratch/served/$1" \
    "${@:2}"
}

# Half a megabyte, so that half of it exceeds the buffers of a connection.
cd "$scratch/source"
for split in train val; do
  mkdir -p "$name/$split/n01440764"
  head -c 250000 /dev/urandom >"$name/$split/n01440764/a b.JPEG"
done
archive $name.tgz $name
mkdir "$scratch/archives"
mv "$scratch/served/$name.tgz" "$scratch/archives/good.tgz"

# Malicious archives with a matching md5; each also has a file of the right name.
echo owned >"$scratch/victim"
touch "$scratch/source/passwd"
# bad NAME: names the archive that was just made.
bad() { mv "$scratch/served/$name.tgz" "$scratch/archives/$1.tgz"; }
archive $name.tgz $name --transform "s|^passwd|$name/../../../escaped|" passwd && bad climbing
archive $name.tgz $name --transform "s|^passwd|$scratch/escaped|" passwd && bad absolute
archive $name.tgz $name passwd && bad beside
ln -s "$scratch" $name/link
archive $name.tgz $name --transform "s|^passwd|$name/link/escaped|" passwd && bad symbolic-link
rm $name/link
ln "$scratch/victim" $name/inside
ln "$scratch/victim" "$scratch/source/outside"
archive $name.tgz $name --transform "s|^outside|$scratch/victim|rh" outside $name && bad hard-link
rm $name/inside outside
mkfifo $name/pipe
archive $name.tgz $name && bad pipe
rm $name/pipe
archive $name.tgz $name/train && bad half
head -c 300000 "$scratch/archives/good.tgz" >"$scratch/archives/damaged.tgz"
cd - >/dev/null

coproc SERVER { exec python3 Tests/Faults/server.py "$scratch/served" 2>"$scratch/requests"; }
job=$SERVER_PID
read -r port <&"${SERVER[0]}"

# get EXPECTED FAULT [WORDS]: downloads with a fault; fails unless the exit code is as expected, a failure
# is reported in one line with the words, and no data set appears without success.
get() {
  local code=0
  : >"$scratch/requests"
  IMAGENETTE_URL=http://127.0.0.1:$port/$2 IMAGENETTE_MD5=$md5 PATH=$path \
    "$scratch/tree/scripts/get-imagenette.sh" 160px >"$scratch/output" 2>"$scratch/complaint" ||
    code=$?
  [[ $code == "$1" ]] || fail "$2: expected exit code $1, got $code: $(cat "$scratch/complaint")"
  [[ ! -e $scratch/escaped && ! -e $scratch/tree/escaped ]] || fail "$2: a file got out"
  [[ $(cat "$scratch/victim") == owned ]] || fail "$2: a file outside was changed"
  [[ -z $(find "$scratch/tree/data" -maxdepth 1 -name ".$name.??????") ]] ||
    fail "$2: a temporary folder is left"
  if [[ $1 == 0 ]]; then
    diff -r "$scratch/source/$name" "$scratch/tree/data/$name" >/dev/null || fail "$2: other files"
  else
    [[ ! -e $scratch/tree/data/$name ]] || fail "$2: half a data set is taken for a whole one"
    [[ $(wc -l <"$scratch/complaint") == 1 ]] || fail "$2: not one line: $(cat "$scratch/complaint")"
    grep --quiet "^error: .*${3-}" "$scratch/complaint" ||
      fail "$2: expected '${3-}' in: $(cat "$scratch/complaint")"
  fi
  echo "downloads: with $tool: $label$2: exit code $code"
}

# have NAME: sets the archive that the server offers, and its md5.
have() {
  cp "$scratch/archives/$1.tgz" "$scratch/served/$name.tgz"
  md5=$(md5sum <"$scratch/served/$name.tgz" | cut -d ' ' -f 1)
  [[ $1 == good ]] && label= || label="archive $1: "
  fresh
}
fresh() { [[ -n $mounted ]] || rm -rf "$scratch/tree/data"; }
partial() { stat -c %s "$scratch/tree/data/$name.tgz.partial" 2>/dev/null || echo 0; }

# The same tools, with only one program to download.
mkdir "$scratch/bin"
for command in bash awk cat cut dirname flock grep gzip head md5sum mkdir mktemp mv rm tail tar wget
do
  ! found=$(command -v $command) || ln -s "$found" "$scratch/bin/$command"
done

for tool in curl wget; do
  command -v $tool >/dev/null || { echo "downloads: no $tool, skipped" >&2; continue; }
  [[ $tool == curl ]] && path=$PATH || path=$scratch/bin
  have good
  size=$(stat -c %s "$scratch/archives/good.tgz")

  get 0 good
  get 0 404 # it is there already
  fresh && get 0 moved

  fresh && get 66 404 "the server does not have it"
  fresh && get 74 503 "run again"
  fresh && get 74 away
  fresh && get 65 page "wrong md5"
  fresh && get 65 short "wrong md5"
  fresh && md5=${md5//[0-9]/0} && get 65 good "wrong md5" && have good

  # A connection that keeps breaking still completes, and no answer of a server discards what has
  # arrived so far.
  get 74 cut "run again"
  first=$(partial)
  ((first > 0 && first < size)) || fail "cut: nothing is kept"
  get 74 503 "run again"
  get 66 404
  [[ $(partial) == "$first" ]] || fail "a refusal took the beginning away"
  get 74 cut
  (($(partial) > first)) || fail "cut: did not go on"
  first=$(partial)
  get 0 good
  grep --quiet "bytes=$first-" "$scratch/requests" || fail "did not go on at $first"

  # Without ranges it starts over.
  fresh && get 74 cut && get 0 whole
  # The partial file may be too long, complete, or of another file.
  fresh && mkdir -p "$scratch/tree/data" && head -c $((size + 9)) /dev/zero \
    >"$scratch/tree/data/$name.tgz.partial" && get 0 good
  fresh && mkdir -p "$scratch/tree/data" && cp "$scratch/archives/good.tgz" \
    "$scratch/tree/data/$name.tgz.partial" && get 0 404
  fresh && mkdir -p "$scratch/tree/data" && head -c 100000 /dev/zero \
    >"$scratch/tree/data/$name.tgz.partial" && get 0 good
  fresh && mkdir -p "$scratch/tree/data/$name/train" && code=0 &&
    IMAGENETTE_URL=http://127.0.0.1:$port/good "$scratch/tree/scripts/get-imagenette.sh" \
      2>/dev/null || code=$?
  [[ $code == 73 ]] || fail "half a folder: expected exit code 73, got $code"

  # After half a minute; wget tries three times, which would take too long here.
  [[ $tool == wget ]] || { fresh && get 74 stuck "run again"; }

  for kind in climbing absolute beside symbolic-link hard-link pipe; do
    have $kind && get 65 good "nothing is unpacked"
  done
  have half && get 65 good "expected a folder"
  have damaged && get 65 good "damaged"

  # No room for the archive, room for the archive alone, and a disk that cannot be written to.
  have good && mkdir -p "$scratch/tree/data"
  for room in 300k 700k; do
    if ! mount -t tmpfs -o size=$room tmpfs "$scratch/tree/data" 2>/dev/null; then
      echo "downloads: no permission to mount a tmpfs, skipping the full disk" >&2
      break
    fi
    mounted=$scratch/tree/data
    label="disk of $room: " && get 74 good
    umount "$mounted" && mounted=
  done
  if mount -t tmpfs -o ro tmpfs "$scratch/tree/data" 2>/dev/null; then
    mounted=$scratch/tree/data
    label="read-only disk: " && get 73 good
    umount "$mounted" && mounted=
  fi
done
tool=both
echo "downloads: passed"
