"""Makes the fixtures of Tests/DatasetsTests: small JPEG files and the results of Pillow and torchvision
for them. The tests need only the results; run this again to compare with other versions.

    python3 Tests/Fixtures/make_pixel_fixtures.py

Needs numpy, pillow, torch, torchvision, and libjpeg-turbo's cjpeg.
"""

import csv
import hashlib
import io
import math
import os
import random
import struct
import subprocess
import sys

import numpy
import PIL
import torch
import torchvision
from PIL import Image, features
from torchvision import transforms
from torchvision.transforms import functional

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "pixels")


def picture(width, height, seed):
    """Smooth shades with edges and noise: all that coders treat differently."""
    generator = numpy.random.default_rng(seed)
    y, x = numpy.mgrid[0:height, 0:width].astype(float)
    channels = []
    for channel in range(3):
        waves = 90 * numpy.sin(x / (5 + 3 * channel) + seed) * numpy.cos(y / (9 - 2 * channel))
        edge = 60 * ((x + 2 * y + 11 * channel) % 29 < 9)
        channels.append(110 + waves + edge + generator.normal(0, 12, x.shape))
    return Image.fromarray(numpy.stack(channels, -1).clip(0, 255).astype("uint8"), "RGB")


def encoded(image, **options):
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", **options)
    return buffer.getvalue()


def without_adobe_marker(data):
    """The file without its APP14 segment."""
    position = 2
    while data[position + 1] != 0xDA:
        (length,) = struct.unpack(">H", data[position + 2 : position + 4])
        if data[position + 1] == 0xEE:
            return data[:position] + data[position + 2 + length :]
        position += 2 + length
    return data


def as_ycck(data):
    """The same coefficients declared as YCCK: Adobe's transform flag set to 2."""
    position = data.index(b"\xff\xee\x00\x0eAdobe")
    return data[: position + 15] + b"\x02" + data[position + 16 :]


def arithmetic(image, *options):
    """Arithmetic coding, which Pillow reads but does not write."""
    buffer = io.BytesIO()
    image.save(buffer, "PPM")
    return subprocess.run(
        ["cjpeg", "-arithmetic", *options], input=buffer.getvalue(), capture_output=True,
        check=True).stdout


def files():
    color = picture(53, 37, 1)
    yield "444.jpeg", encoded(color, quality=90, subsampling=0)
    yield "422.jpeg", encoded(color, quality=85, subsampling=1)
    yield "420.jpeg", encoded(color, quality=75, subsampling=2)
    yield "gray.jpeg", encoded(color.convert("L"), quality=80)
    yield "progressive.jpeg", encoded(color, quality=70, progressive=True)
    yield "optimized.jpeg", encoded(color, quality=40, optimize=True)
    yield "restarts.jpeg", encoded(color, quality=80, restart_marker_blocks=3)
    yield "rgb.jpeg", encoded(color, quality=85, keep_rgb=True)
    exif = Image.Exif()
    exif[0x0112] = 6
    yield "orientation.jpeg", encoded(color, quality=80, exif=exif)
    inks = Image.merge("CMYK", [*picture(31, 42, 2).split(), picture(31, 42, 3).split()[1]])
    cmyk = encoded(inks, quality=90)
    yield "cmyk.jpeg", cmyk
    yield "cmyk-plain.jpeg", without_adobe_marker(cmyk)
    yield "ycck.jpeg", as_ycck(cmyk)
    yield "1x1.jpeg", encoded(picture(1, 1, 4), quality=90)
    yield "1x23.jpeg", encoded(picture(1, 23, 5), quality=80)
    yield "40x1.jpeg", encoded(picture(40, 1, 6), quality=80)
    yield "16x16.jpeg", encoded(picture(16, 16, 7), quality=80)
    yield "17x33.jpeg", encoded(picture(17, 33, 8), quality=80)
    yield "large.jpeg", encoded(picture(224, 171, 9), quality=60)
    yield "65500x1.jpeg", encoded(picture(65500, 1, 10), quality=1, subsampling=2, optimize=True)
    yield "arithmetic.jpeg", arithmetic(color)
    yield "arithmetic-progressive.jpeg", arithmetic(color, "-progressive")
    yield "trailing.jpeg", encoded(color, quality=75) + b"more"
    damaged = bytearray(encoded(color, quality=75))
    damaged[-200] ^= 0x5A
    yield "damaged.jpeg", bytes(damaged)


def rejected():
    whole = encoded(picture(53, 37, 1), quality=75)
    yield "empty.jpeg", b""
    yield "text.jpeg", b"not an image\n"
    yield "truncated.jpeg", whole[: len(whole) * 2 // 3]
    yield "no-end.jpeg", whole[:-2]
    yield "header-only.jpeg", whole[:200]
    progressive = encoded(picture(53, 37, 1), quality=75, progressive=True)
    yield "truncated-progressive.jpeg", progressive[: len(progressive) // 2]
    position = whole.index(b"\xff\xc0") + 5
    yield "12-bit.jpeg", whole[: position - 1] + b"\x0c" + whole[position:]
    frame = b"\x00\x0e" + whole[position - 1 : position + 4] + b"\x02"
    frame += whole[position + 5 : position + 11]
    yield "two-components.jpeg", whole[: position - 3] + frame + whole[position + 14 :]
    yield "signature.jpeg", whole[:2] + b"\x00" + whole[2:]
    yield "huge.jpeg", whole[:position] + b"\xff\xdc\xff\xdc" + whole[position + 4 :]


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def write_table(name, columns, rows):
    with open(os.path.join(FOLDER, name), "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def opened(name):
    return Image.open(os.path.join(FOLDER, name)).convert("RGB")


def main():
    os.makedirs(FOLDER, exist_ok=True)
    rows = []
    for name, data in files():
        with open(os.path.join(FOLDER, name), "wb") as file:
            file.write(data)
        image = opened(name)
        raw = image.tobytes()
        rows.append([name, *image.size, sha256(raw), raw.hex() if len(raw) <= 150 else ""])
    write_table("decoded.csv", ["file", "width", "height", "sha256", "pixels"], rows)

    rows = []
    for name, data in rejected():
        with open(os.path.join(FOLDER, name), "wb") as file:
            file.write(data)
        try:
            opened(name)
            sys.exit(f"{name}: Pillow decodes this")
        except (OSError, Image.DecompressionBombError) as error:
            rows.append([name, type(error).__name__])
    write_table("rejected.csv", ["file", "pillow"], rows)

    sizes = [
        (53, 37), (53, 74), (106, 37), (52, 36), (1, 1), (1, 200), (200, 1), (7, 300), (300, 7),
        (13, 11), (54, 38), (80, 55), (2, 2),
    ]
    rows = []
    for name in ["444.jpeg", "large.jpeg", "1x1.jpeg", "1x23.jpeg", "40x1.jpeg"]:
        image = opened(name)
        for size in sizes:
            # Rows first, as all of Pillow's versions resize in proportion. Version 13 resizes columns
            # first where the height shrinks much more than the width.
            resized = image.resize((size[0], image.height), Image.Resampling.BILINEAR)
            resized = resized.resize(size, Image.Resampling.BILINEAR)
            rows.append([name, *size, sha256(resized.tobytes())])
    write_table("resized.csv", ["file", "width", "height", "sha256"], rows)

    rows = []
    for name in ["444.jpeg", "large.jpeg", "17x33.jpeg", "40x1.jpeg"]:
        image = opened(name)
        for side in [1, 10, 31, 64, 171, 256]:
            resized = functional.resize(image, side)
            rows.append([name, side, *resized.size, sha256(resized.tobytes())])
    write_table("short_side.csv", ["file", "side", "width", "height", "sha256"], rows)

    generator = random.Random(1)
    angles = [0, 90, 180, 270, 360, -90, -180, 45, -45, 10, -10, 1e-9, 89.999999, 90.000001, 720.5]
    angles += [generator.uniform(-10, 10) for _ in range(40)]
    rows = []
    for name in ["444.jpeg", "16x16.jpeg", "17x33.jpeg", "large.jpeg", "1x1.jpeg", "40x1.jpeg"]:
        image = opened(name)
        for angle in angles:
            rotated = functional.rotate(image, angle)
            rows.append([name, repr(float(angle)), sha256(rotated.tobytes())])
    write_table("rotated.csv", ["file", "degrees", "sha256"], rows)

    rows = []
    for name in ["444.jpeg", "large.jpeg", "17x33.jpeg", "1x23.jpeg"]:
        image = opened(name)
        for side in [1, 2, 15, 16, 17, 18, 34, 35, 36, 37, 38, 53, 54, 100, 225]:
            rows.append([name, side, sha256(functional.center_crop(image, side).tobytes())])
    write_table("center_cropped.csv", ["file", "side", "sha256"], rows)

    rows = []
    normalize = transforms.Compose([
        transforms.ToTensor(),
        transforms.Normalize([0.4625, 0.4580, 0.4295], [0.2452, 0.2390, 0.2469]),
    ])
    for name in ["444.jpeg", "gray.jpeg", "cmyk.jpeg", "large.jpeg", "17x33.jpeg"]:
        image = opened(name)
        for _ in range(12):
            crop = generator.choice([32, 64, 128])
            resize = math.floor(generator.choice([256, 296, 384]) * crop / 224 + 0.5)
            angle = generator.uniform(-10, 10)
            result = functional.rotate(functional.resize(image, resize), angle)
            top = generator.randint(0, result.height - crop)
            left = generator.randint(0, result.width - crop)
            mirror = generator.randint(0, 1)
            result = functional.crop(result, top, left, crop, crop)
            result = functional.hflip(result) if mirror else result
            numbers = normalize(result).permute(1, 2, 0).contiguous().numpy().astype("<f4")
            rows.append([
                name, resize, repr(angle), top, left, crop, mirror, sha256(result.tobytes()),
                sha256(numbers.tobytes()),
            ])
    write_table(
        "transformed.csv",
        ["file", "resize", "degrees", "top", "left", "crop", "mirror", "sha256", "float_sha256"],
        rows)

    write_table("versions.csv", ["name", "version"], [
        ["pillow", PIL.__version__],
        ["libjpeg-turbo in pillow", features.version("libjpeg_turbo")],
        ["torchvision", torchvision.__version__],
        ["torch", torch.__version__],
        ["numpy", numpy.__version__],
    ])


if __name__ == "__main__":
    main()
