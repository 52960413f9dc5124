"""Makes Tests/Fixtures/damage/mutations.csv: Pillow's results for 1,000 damaged JPEG files.

    python3 Tests/Fixtures/make_damage_fixtures.py

The files themselves are not stored: both sides make them from Tests/Fixtures/pixels by the rules of
`mutation`, with the words of the hash that the README beside this file defines. Needs pillow.

If a damaged file lacks parts of its scans, libjpeg-turbo 3 interpolates other shades than libjpeg-turbo
2. This affected 4 of 50,000 such files, and none of these 1,000.
"""

import csv
import hashlib
import io
import os
import warnings

from PIL import Image

FOLDER = os.path.dirname(os.path.abspath(__file__))
COUNT = 1000
FILES = [
    "16x16.jpeg", "17x33.jpeg", "1x23.jpeg", "420.jpeg", "422.jpeg", "444.jpeg", "arithmetic.jpeg",
    "cmyk.jpeg", "gray.jpeg", "large.jpeg", "optimized.jpeg", "progressive.jpeg", "restarts.jpeg",
    "rgb.jpeg", "ycck.jpeg",
]


class Words:
    """The pseudorandom words of a name."""

    def __init__(self, name):
        self.hash = 0x811C9DC5
        for byte in name.encode():
            self.hash = (self.hash ^ byte) * 0x01000193 & 0xFFFFFFFF
        self.index = 0

    def below(self, count):
        x = self.index * 0x9E3779B1 & 0xFFFFFFFF ^ self.hash
        x = (x ^ x >> 16) * 0x7FEB352D & 0xFFFFFFFF
        x = (x ^ x >> 15) * 0x846CA68B & 0xFFFFFFFF
        self.index += 1
        return (x ^ x >> 16) % count


def mutation(number, read, files=FILES):
    """The name of a file and its damaged bytes: bits flipped anywhere, bytes of the header replaced,
    bytes left out, or bytes put in."""
    words = Words(f"mutation.{number}")
    name = files[words.below(len(files))]
    data = bytearray(read(name))
    kind = words.below(4)
    if kind == 0:
        for _ in range(1 + words.below(8)):
            place = words.below(len(data))
            data[place] ^= 1 << words.below(8)
    elif kind == 1:
        for _ in range(1 + words.below(3)):
            place = words.below(min(len(data), 640))
            data[place] = words.below(256)
    else:
        place, count = words.below(len(data)), 1 + words.below(100)
        if kind == 2:
            del data[place : place + count]
        else:
            data[place:place] = bytes(words.below(256) for _ in range(count))
    return name, bytes(data)


def outcome(data):
    """Width, height and digest of the pixels, or "rejected"."""
    try:
        image = Image.open(io.BytesIO(data)).convert("RGB")
    except Exception:
        return ["", "", "rejected"]
    return [*image.size, hashlib.sha256(image.tobytes()).hexdigest()[:16]]


def main():
    warnings.simplefilter("ignore")

    def read(name):
        with open(os.path.join(FOLDER, "pixels", name), "rb") as file:
            return file.read()

    os.makedirs(os.path.join(FOLDER, "damage"), exist_ok=True)
    with open(os.path.join(FOLDER, "damage", "mutations.csv"), "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["mutation", "file", "width", "height", "sha256"])
        for number in range(COUNT):
            name, data = mutation(number, read)
            writer.writerow([number, name, *outcome(data)])


if __name__ == "__main__":
    main()
