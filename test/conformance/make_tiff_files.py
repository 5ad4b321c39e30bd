"""Writes TIFFs of many kinds with tifffile into a folder: python make_tiff_files.py FOLDER.

Prints {file: {"axes", "shape", "dtype", "md5", "atol"?}} as JSON, as tifffile reads its own files back; the sum is of
the pixels in C order, little-endian.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import tifffile

folder = Path(sys.argv[1])
rng = np.random.default_rng(11)
cases = {}


def image(shape, dtype):
    dtype = np.dtype(dtype)
    smooth = np.cumsum(rng.normal(0, 2, shape), axis=-1) + 100
    if dtype.kind == "b":
        return smooth > 100
    if dtype.kind == "f":
        return smooth.astype(dtype)
    return smooth.astype("i8").astype(dtype)


def write(name, data, **options):
    path = folder / f"{name}.tif"
    tifffile.imwrite(path, data, **options)
    with tifffile.TiffFile(path) as tif:
        series = tif.series[0]
        pixels = series.asarray()
        little = pixels.astype(pixels.dtype.newbyteorder("<"), copy=False)
        cases[path.name] = {
            "axes": series.axes,
            "shape": list(pixels.shape),
            "dtype": str(pixels.dtype),
            "md5": hashlib.md5(np.ascontiguousarray(little).tobytes()).hexdigest(),
        }


DTYPES = ["bool", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8"]
for dtype in DTYPES:
    for order in "<>":
        write(f"raw-{dtype}-{'le' if order == '<' else 'be'}", image((37, 53), dtype), byteorder=order, rowsperstrip=8)
for compression in ["zlib", "lzw", "packbits", "zstd"]:
    for dtype in ["u1", "u2", "i4", "f4"]:
        write(f"{compression}-{dtype}", image((37, 53), dtype), compression=compression, rowsperstrip=5)
        write(f"{compression}-{dtype}-tiles", image((37, 53), dtype), compression=compression, tile=(16, 32))
for compression in ["zlib", "lzw", "zstd"]:
    for dtype in ["u1", "u2", "u4", "u8", "i2"]:
        for order in "<>":
            name = f"{compression}-{dtype}-predictor-{'le' if order == '<' else 'be'}"
            write(name, image((37, 53, 3), dtype), compression=compression, predictor=2, photometric="rgb", byteorder=order)
    for dtype in ["f2", "f4", "f8"]:
        for order in "<>":
            name = f"{compression}-{dtype}-predictor3-{'le' if order == '<' else 'be'}"
            write(name, image((37, 53), dtype), compression=compression, predictor=3, byteorder=order, tile=(16, 16))
for samples in [2, 3, 4, 5]:
    photometric = "rgb" if samples in (3, 4) else "minisblack"
    write(f"contig-{samples}", image((21, 33, samples), "u2"), photometric=photometric, planarconfig="contig")
    write(f"planar-{samples}", image((samples, 21, 33), "u2"), photometric=photometric, planarconfig="separate")
    write(f"planar-{samples}-tiles", image((samples, 40, 33), "u2"), photometric=photometric, planarconfig="separate", tile=(16, 16))
for bits in [2, 4, 6, 7, 9, 10, 12, 14, 20, 31]:
    dtype = "u1" if bits <= 8 else "u2" if bits <= 16 else "u4"
    data = (rng.integers(0, 2**bits, (13, 19))).astype(dtype)
    write(f"packed-{bits}", data, bitspersample=bits, rowsperstrip=4)
for dtype in ["u1", "i1", "u2", "i2", "u4", "i4", "f4", "f8"]:
    write(f"lerc-{dtype}", image((40, 50), dtype), compression="lerc", tile=(16, 32))
write("lerc-rgb", image((40, 50, 3), "u1"), compression="lerc", photometric="rgb", rowsperstrip=16)
for wrapped in ["deflate", "zstd"]:
    write(f"lerc-{wrapped}", image((40, 50), "u2"), compression="lerc", compressionargs={"compression": wrapped})
write("jpeg-grey", image((40, 50), "u1"), compression="jpeg", tile=(16, 32))
for subsampling in [(1, 1), (2, 1), (2, 2)]:
    name = f"jpeg-{subsampling[0]}{subsampling[1]}"
    write(name, image((45, 70, 3), "u1"), compression="jpeg", photometric="rgb", subsampling=subsampling, tile=(32, 32))
write("lzma", image((37, 53), "u2"), compression="lzma", predictor=True)
write("webp", image((37, 53, 3), "u1"), compression="webp", compressionargs={"lossless": True}, photometric="rgb")
for dtype in ["u1", "u2", "i2"]:
    write(f"jpeg2000-{dtype}", image((40, 50), dtype), compression="jpeg2000", tile=(16, 32))
write("jpeg2000-rgb", image((40, 50, 3), "u1"), compression="jpeg2000", photometric="rgb", rowsperstrip=16)
write("big", image((3, 37, 53), "u2"), bigtiff=True)
write("shaped", image((2, 3, 4, 21, 33), "u2"), photometric="minisblack")
write("shaped-axes", image((4, 2, 3, 21, 33), "u2"), photometric="minisblack", metadata={"axes": "ZTCYX"})
write("shaped-one-page", image((5, 21, 33), "u2"), photometric="minisblack", contiguous=True, metadata={"axes": "TYX"})
write("imagej", image((2, 3, 4, 21, 33), "u2"), imagej=True, metadata={"axes": "TZCYX", "unit": "um"})
write("imagej-rgb", image((3, 21, 33, 3), "u1"), imagej=True, photometric="rgb", metadata={"axes": "ZYXS"})
write("ome.ome", image((2, 3, 4, 21, 33), "u2"), metadata={"axes": "TCZYX", "PhysicalSizeX": 0.5, "PhysicalSizeXUnit": "µm"})
write("ome-order.ome", image((2, 3, 4, 21, 33), "u1"), metadata={"axes": "ZTCYX"}, compression="zlib", tile=(16, 16))
write("ome-rgb.ome", image((4, 21, 33, 3), "u1"), photometric="rgb", metadata={"axes": "ZYXS"})
print(json.dumps(cases))
