"""Compares what this project and Pillow make of damaged JPEG files.

    python Tests/Peers/damage.py DATA [--mutations 1000] [--truncated 20]

DATA is a folder with Imagenette. Needs Pillow, and `squeezenet` built by `swift build -c release`.
Real images are damaged by the rules of Tests/Fixtures/make_damage_fixtures.py, and some are cut off
at every 1,000th byte. A file counts as different if only one of the two accepts it or if a pixel
differs. Exits with 1 if the program crashes on a file or takes more than ten seconds.
"""

import argparse
import collections
import concurrent.futures
import io
import os
import pathlib
import subprocess
import sys
import tempfile
import warnings

import PIL
from PIL import Image, features

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = ROOT / ".build" / "release" / "squeezenet"
sys.path.append(str(ROOT / "Tests" / "Fixtures"))

from make_damage_fixtures import mutation  # noqa: E402


def theirs(data):
    warnings.simplefilter("ignore")
    try:
        with Image.open(io.BytesIO(data)) as image:
            return image.convert("RGB")
    except Exception:
        return None


def ours(data, side):
    """The pixels, or None if the file is rejected; resizing to its own short side changes none."""
    with tempfile.TemporaryDirectory() as scratch:
        file, out = (os.path.join(scratch, name) for name in ("x.JPEG", "x.ppm"))
        pathlib.Path(file).write_bytes(data)
        result = subprocess.run(
            [TOOL, "transform", file, out, "--resize", str(side)], capture_output=True, text=True,
            timeout=10)
        if result.returncode == 0:
            with Image.open(out) as image:
                return image.convert("RGB")
        line = result.stderr
        if result.returncode != 65 or f"{file}: cannot decode: " not in line or line.count("\n") != 1:
            raise SystemExit(f"exit code {result.returncode}: {line}")
        return None


def outcome(data):
    image = theirs(data)
    side = min(image.size) if image else 64
    if side > 16384 or image and image.width * image.height > 1 << 26:
        return "left out: more than 67 million pixels"
    own = ours(data, side)
    if image is None or own is None:
        return "rejected by both" if image is own else "different"
    same = image.size == own.size and image.tobytes() == own.tobytes()
    return "the same pixels" if same else "different"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--mutations", type=int, default=1000)
    parser.add_argument("--truncated", type=int, default=20, help="images cut off")
    arguments = parser.parse_args()
    paths = sorted(map(str, arguments.data.glob("*/*/*.JPEG")))
    read = lambda path: pathlib.Path(path).read_bytes()  # noqa: E731
    mutations = (mutation(n, read, paths)[1] for n in range(arguments.mutations))
    step = max(1, len(paths) // max(1, arguments.truncated))
    cut = (
        data[:length]
        for data in map(read, paths[::step][: arguments.truncated])
        for length in range(0, len(data), 1000)
    )
    print(f"Pillow {PIL.__version__}, libjpeg-turbo {features.version('libjpeg_turbo')}\n")
    print("| files | what becomes of them |\n|---|---|")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for what, files in (("mutations", mutations), ("cut off", cut)):
            counts = collections.Counter(pool.map(outcome, files))
            shown = ", ".join(f"{count} {name}" for name, count in counts.most_common())
            print(f"| {counts.total()} {what} | {shown} |", flush=True)


if __name__ == "__main__":
    main()
