"""Compares the pixels of this project's transforms with torchvision's, byte for byte.

    python Tests/Peers/pixels.py DATA [--every 1] [--random 2000]

DATA is a folder with Imagenette. Needs torchvision and Pillow, and `squeezenet` built by `swift
build -c release`. Every image goes through the validation transform at 224 and 128 px; random images
go through the training transform with draws made here and passed to the tool as options.
"""

import argparse
import concurrent.futures
import os
import pathlib
import random
import subprocess
import tempfile

import PIL
import torchvision
from PIL import Image
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as F

TOOL = pathlib.Path(__file__).resolve().parents[2] / ".build" / "release" / "squeezenet"


def ours(path, options):
    with tempfile.TemporaryDirectory() as scratch:
        out = os.path.join(scratch, "out.ppm")
        subprocess.run([TOOL, "transform", path, out, *map(str, options)], check=True)
        with Image.open(out) as image:
            return image.tobytes()


def validation_differs(path, size):
    short = round(256 * size / 224)
    with Image.open(path) as image:
        theirs = F.center_crop(F.resize(image.convert("RGB"), short), size)
    return ours(path, ["--resize", short, "--center-crop", size]) != theirs.tobytes()


def training_differs(path, seed):
    """The draws of RandomChoice(Resize), RandomRotation(10), RandomCrop, RandomHorizontalFlip."""
    draws = random.Random(seed)
    size, shorts = draws.choice([(224, (256, 296, 384)), (128, (146, 169, 219))])
    short, angle, flip = draws.choice(shorts), draws.uniform(-10, 10), draws.random() < 0.5
    with Image.open(path) as image:
        theirs = F.resize(image.convert("RGB"), short)
    theirs = F.rotate(theirs, angle, InterpolationMode.NEAREST)
    top, left = (draws.randint(0, n - size) for n in (theirs.height, theirs.width))
    theirs = F.crop(theirs, top, left, size, size)
    if flip:
        theirs = F.hflip(theirs)
    options = ["--resize", short, "--rotate", repr(angle), "--crop", f"{top},{left},{size}"]
    return ours(path, options + ["--flip"] * flip) != theirs.tobytes()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--every", type=int, default=1, help="only every n-th image")
    parser.add_argument("--random", type=int, default=2000)
    arguments = parser.parse_args()
    paths = sorted(map(str, arguments.data.glob("*/*/*.JPEG")))[:: arguments.every]
    chosen = random.Random(0).choices(paths, k=arguments.random)
    print(f"torchvision {torchvision.__version__}, Pillow {PIL.__version__}\n")
    print("| what | images | images with a different byte |\n|---|---:|---:|")
    with concurrent.futures.ProcessPoolExecutor() as pool:
        for what, differs, images, draws in (
            ("validation transform, 224 px", validation_differs, paths, [224] * len(paths)),
            ("validation transform, 128 px", validation_differs, paths, [128] * len(paths)),
            ("training transform, random draws", training_differs, chosen, range(len(chosen))),
        ):
            different = sum(pool.map(differs, images, draws, chunksize=16))
            print(f"| {what} | {len(images)} | {different} |", flush=True)


if __name__ == "__main__":
    main()
