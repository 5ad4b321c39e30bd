"""Prints numcodecs-chunks.json: arrays of one chunk as zarr-python 2.18 stores them (pip install "zarr<3" "numcodecs<0.16")."""

import base64
import json

import numcodecs as nc
import numpy as np
import zarr

ints = (np.arange(35) ** 2 % 251).astype("u2").reshape(5, 7)
floats = (np.arange(35) / 7 - 2).astype("f4").reshape(5, 7)
CASES = {
    "bz2": (ints, dict(compressor=nc.BZ2())),
    "lzma": (ints, dict(compressor=nc.LZMA())),
    "delta in another type": (ints, dict(filters=[nc.Delta("u2", astype="i4")], compressor=None)),
    "fixedscaleoffset": (floats, dict(filters=[nc.FixedScaleOffset(0, 10, "f4", "i4")], compressor=None)),
    "quantize": (floats, dict(filters=[nc.Quantize(3, "f4")], compressor=None)),
    "quantize in another type": (floats.astype("f8"), dict(filters=[nc.Quantize(3, "f8", astype="f4")], compressor=None)),
    "packbits": (ints % 3 == 0, dict(filters=[nc.PackBits()], compressor=nc.Zlib())),
    "astype": (floats.astype("f8"), dict(filters=[nc.AsType("f4", "f8")], compressor=None)),
    "crc32": (ints, dict(filters=[nc.CRC32()], compressor=None)),
    "crc32 at the end": (ints, dict(filters=[nc.CRC32(location="end")], compressor=None)),
    "adler32": (ints, dict(filters=[nc.Adler32()], compressor=nc.Zstd())),
    "fletcher32": (ints.astype(">u2"), dict(filters=[nc.Fletcher32()], compressor=None)),
    "a compressor as a filter": (ints, dict(filters=[nc.Zlib()], compressor=None)),
}
out = {}
for name, (data, options) in CASES.items():
    store = {}
    array = zarr.create(data.shape, chunks=data.shape, dtype=data.dtype, store=store, **options)
    array[...] = data
    out[name] = {
        "zarray": json.loads(store[".zarray"]),
        "chunk": base64.b64encode(bytes(store["0.0"])).decode(),
        "values": array[...].ravel().astype("f8").tolist(),
    }
print(json.dumps(out, indent=1))
