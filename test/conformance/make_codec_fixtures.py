"""Writes test/formats/tiff/fixtures/codecs.json: python make_codec_fixtures.py OUT.json.

Small segments by the reference encoders (imagecodecs: OpenJPEG, libwebp, liblzma; Pillow's libtiff for fax), with the
pixels that those read back.
"""

import base64
import json
import sys
import tempfile

import imagecodecs
import numpy as np
import tifffile
from PIL import Image

rng = np.random.default_rng(3)
cases = []


def b64(data):
    return base64.b64encode(bytes(data)).decode()


def add(name, compression, data, pixels, photometric=1, t4=0):
    little = np.ascontiguousarray(pixels.astype(pixels.dtype.newbyteorder("<"), copy=False))
    cases.append(
        {
            "name": name,
            "compression": compression,
            "photometric": photometric,
            "t4Options": t4,
            "shape": list(pixels.shape),
            "dtype": str(pixels.dtype),
            "data": b64(data),
            "pixels": b64(little.tobytes()),
        }
    )


def image(shape, dtype, top):
    smooth = np.cumsum(rng.normal(0, top / 50, shape), axis=1) + top / 2
    return np.clip(smooth, 0, top).astype(dtype)


for name, pixels in {
    "uint8": image((11, 17), "u1", 255),
    "uint16": image((11, 17), "u2", 65535),
    "int16": image((11, 17), "i2", 30000) - np.int16(15000),
    "RGB": image((11, 17, 3), "u1", 255),
    "RGB of 16 bits": image((11, 17, 3), "u2", 65535),
}.items():
    add(f"JPEG 2000 {name}", 34712, imagecodecs.jpeg2k_encode(pixels, reversible=True), pixels)
lossy = imagecodecs.jpeg2k_encode(image((40, 50), "u1", 255), level=40)
add("JPEG 2000 lossy", 33004, lossy, imagecodecs.jpeg2k_decode(lossy))
codestream = imagecodecs.jpeg2k_encode(image((16, 16, 3), "u1", 255), reversible=True, codecformat="j2k")
add("JPEG 2000 codestream", 33005, codestream, imagecodecs.jpeg2k_decode(codestream))
for samples in (3, 4):
    pixels = image((12, 19, samples), "u1", 255)
    add(f"WebP lossless {samples}", 50001, imagecodecs.webp_encode(pixels, lossless=True), pixels, 2)
    data = imagecodecs.webp_encode(pixels, level=80, lossless=False)
    add(f"WebP lossy {samples}", 50001, data, imagecodecs.webp_decode(data), 2)
for name, pixels in {
    "text": np.frombuffer(b"the quick brown fox jumps over the lazy dog. " * 9, "u1")[None],
    "noise": rng.integers(0, 256, (20, 100)).astype("u1"),
    "zeros": np.zeros((100, 100), "u1"),
    "image": image((60, 70), "u1", 255),
}.items():
    add(f"LZMA {name}", 34925, imagecodecs.lzma_encode(pixels.tobytes()), pixels)
for name, pillow, compression in (("RLE", "tiff_ccitt", 2), ("group 3", "group3", 3), ("group 4", "group4", 4)):
    for kind in ("shapes", "noise"):
        pixels = np.zeros((23, 75), bool)
        if kind == "noise":
            pixels = rng.random((23, 75)) > 0.7
        else:
            pixels[3:9, 5:60] = True
            pixels[12:20, 20:21] = True
            pixels[21] = True
        with tempfile.NamedTemporaryFile(suffix=".tif") as file:
            Image.fromarray(pixels).save(file.name, "TIFF", compression=pillow)
            with tifffile.TiffFile(file.name) as tif:
                page = tif.pages[0]
                tif.filehandle.seek(page.dataoffsets[0])
                data = tif.filehandle.read(page.databytecounts[0])
                pixels = page.asarray()
                t4 = page.tags[292].value if 292 in page.tags else 0
                add(f"fax {name} {kind}", compression, data, pixels, int(page.photometric), t4)

with open(sys.argv[1], "w") as out:
    json.dump(cases, out, indent=1)
    out.write("\n")
