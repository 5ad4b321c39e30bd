"""Writes fixtures/zarr-python.json: small arrays as zarr-python and numcodecs store them, with what they hold.

python make_zarr_fixtures.py, in an environment with requirements.txt. One JSON document: for each array its objects
in base64, its shape and dtype, and the MD5 of its elements (C order, little endian).
"""

import base64
import hashlib
import json
from pathlib import Path

import numcodecs
import numpy as np
import zarr
from zarr.codecs import BloscCodec, BytesCodec, Crc32cCodec, GzipCodec, ShardingCodec, TransposeCodec, ZstdCodec
from zarr.storage import MemoryStore

DTYPES = ["bool", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8"]
SHAPE, CHUNKS = (5, 7, 6), (2, 4, 6)
rng = np.random.default_rng(7)
stores = {}


def values(dtype, shape=SHAPE):
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return rng.random(shape) > 0.5
    if dtype.kind == "f":
        data = (rng.normal(size=shape) * 100).astype(dtype)
        data.flat[:4] = [np.nan, np.inf, -np.inf, -0.0]
        return data
    info = np.iinfo(dtype)
    data = rng.integers(0, 50, size=shape, dtype=dtype)
    data.flat[:2] = [info.min, info.max]
    return data


def keep(name, array, store):
    data = np.ascontiguousarray(array[...])
    little = data.astype(data.dtype.newbyteorder("<"))
    stores[name] = {
        "shape": list(array.shape),
        "dtype": data.dtype.name,
        "md5": hashlib.md5(little.tobytes()).hexdigest(),
        "objects": {k: base64.b64encode(bytes(v.to_bytes())).decode() for k, v in sorted(store._store_dict.items())},
    }


def make(name, data, **options):
    store = MemoryStore()
    array = zarr.create_array(store, shape=data.shape, dtype=data.dtype, **options)
    array[...] = data
    keep(name, array, store)
    return store


def v2(name, data, **options):
    options.setdefault("chunks", CHUNKS)
    return make(f"v2-{name}", data, zarr_format=2, **options)


def v3(name, data, **options):
    options.setdefault("chunks", CHUNKS)
    return make(f"v3-{name}", data, zarr_format=3, **options)


for dtype in DTYPES:
    v2(f"le-{dtype}", values(dtype), compressors=None)
    v3(dtype, values(dtype), compressors=None)
    if np.dtype(dtype).itemsize > 1:
        v2(f"be-{dtype}", values(dtype).astype(np.dtype(dtype).newbyteorder(">")), compressors=None)
        v2(f"be-F-{dtype}", values(dtype).astype(np.dtype(dtype).newbyteorder(">")), compressors=None, order="F")
        v3(f"big-{dtype}", values(dtype), serializer=BytesCodec(endian="big"), compressors=None)
v2("order-F", values("u2"), order="F", compressors=numcodecs.Zlib(3))
v2("slash", values("u2"), chunk_key_encoding={"name": "v2", "separator": "/"})
v3("dot", values("u2"), chunk_key_encoding={"name": "default", "separator": "."})
v3("v2-keys", values("u2"), chunk_key_encoding={"name": "v2", "separator": "."})

for codec in [numcodecs.Zlib(3), numcodecs.GZip(3), numcodecs.Zstd(3), numcodecs.LZ4(1)]:
    v2(codec.codec_id, values("u2"), compressors=codec)

# blosc: enough elements that the compressors have work, that c-blosc splits blocks, and a last block that is smaller
smooth = (np.add.outer(np.arange(61), np.arange(83)) * 37 % 1009).astype("u2")
for cname in ["blosclz", "lz4", "lz4hc", "zlib", "zstd"]:
    for shuffle in [0, 1, 2]:
        for dtype in ["u1", "u2", "f4", "f8"]:
            codec = numcodecs.Blosc(cname=cname, clevel=5, shuffle=shuffle, blocksize=4096)
            v2(f"blosc-{cname}-{shuffle}-{dtype}", smooth.astype(dtype), chunks=smooth.shape, compressors=codec)
v2("blosc-stored", values("u2"), compressors=numcodecs.Blosc(cname="lz4", clevel=0))
v2("filter-delta", smooth, chunks=smooth.shape, filters=[numcodecs.Delta(dtype="<u2")], compressors=numcodecs.Zstd(1))
v2("filter-scale", smooth / 8, chunks=(30, 50), filters=[numcodecs.FixedScaleOffset(8, 2, "<f8", "<u2")], compressors=None)
v2("filter-delta-F", smooth, chunks=(30, 50), order="F", filters=[numcodecs.Delta(dtype="<u2")], compressors=None)
v2("filter-shuffle", smooth, chunks=smooth.shape, filters=[numcodecs.Shuffle(2)], compressors=numcodecs.Zlib(1))

v3("blosc-zstd", smooth, chunks=(30, 83), compressors=BloscCodec(cname="zstd", clevel=1, shuffle="shuffle"))
v3("blosc-bit", smooth, chunks=(30, 83), compressors=BloscCodec(cname="lz4", clevel=5, shuffle="bitshuffle"))
v3("gzip", values("u2"), compressors=GzipCodec(level=3))
v3("zstd", values("f4"), compressors=ZstdCodec(level=3))
v3("zstd-checksum", values("f4"), compressors=ZstdCodec(level=3, checksum=True))
v3("crc32c", values("i4"), compressors=[ZstdCodec(level=1), Crc32cCodec()])
v3("transpose", values("u2"), filters=TransposeCodec(order=(2, 0, 1)), compressors=ZstdCodec(level=1))
v3("transpose-8", values("f8"), filters=TransposeCodec(order=(1, 2, 0)), compressors=None)

for location in ["start", "end"]:
    for checked in [True, False]:
        index = [BytesCodec(), Crc32cCodec()] if checked else [BytesCodec()]
        shards = ShardingCodec(chunk_shape=(2, 4, 3), codecs=[BytesCodec(), ZstdCodec(level=1)],
                               index_codecs=index, index_location=location)
        sparse = values("u2", (9, 14, 6))
        sparse[:4, :8] = 0
        sparse[6:8, 4:8, :3] = 0
        store = MemoryStore()
        array = zarr.create(store=store, shape=sparse.shape, chunks=(4, 8, 6), dtype="u2", zarr_format=3, codecs=[shards],
                            fill_value=0, config={"write_empty_chunks": False})
        array[...] = sparse
        keep(f"v3-shard-{location}-{'crc' if checked else 'plain'}", array, store)

for zarr_format in [2, 3]:
    for name, dtype, fill in [("nan", "f4", np.nan), ("inf", "f8", np.inf), ("ninf", "f2", -np.inf), ("big", "u8", 2**64 - 1),
                              ("low", "i8", -(2**63)), ("true", "bool", True), ("third", "f4", 1 / 3), ("minus", "i2", -5)]:
        store = MemoryStore()
        array = zarr.create_array(store, shape=(3, 5), chunks=(2, 2), dtype=dtype, fill_value=fill, zarr_format=zarr_format)
        array[2, 4] = 1
        keep(f"v{zarr_format}-fill-{name}", array, store)
    store = MemoryStore()
    array = zarr.create_array(store, shape=(), chunks=(), dtype="f8", zarr_format=zarr_format)
    array[...] = 1.5
    keep(f"v{zarr_format}-scalar", array, store)

out = Path(__file__).parent / "fixtures" / "zarr-python.json"
out.write_text(json.dumps({"zarr": zarr.__version__, "numcodecs": numcodecs.__version__, "arrays": stores}, indent=2) + "\n")
print(out, len(stores), "arrays", out.stat().st_size, "bytes")
