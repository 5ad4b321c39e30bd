"""The codecs of bench/codecs.ts by numcodecs, on one thread.

    python codecs.py     (requests name a codec, a file and a dtype, and `encode` or `decode`)
"""

import numpy as np
from answers import answer
from numcodecs import GZip, Zstd, blosc
from numcodecs.blosc import Blosc

blosc.set_nthreads(1)

CODECS = {
    "zstd 1": Zstd(1),
    "zstd 3": Zstd(3),
    "blosc zstd 1, shuffle": Blosc("zstd", 1, Blosc.SHUFFLE),
    "blosc lz4, shuffle": Blosc("lz4", 5, Blosc.SHUFFLE),
    "gzip 6": GZip(6),
}


def work_of(request):
    codec = CODECS[request["codec"]]
    if request["do"] == "encode":
        elements = np.fromfile(request["file"], request["dtype"])
        return lambda: [np.frombuffer(codec.encode(elements), np.uint8)]
    with open(request["file"], "rb") as file:
        encoded = file.read()
    return lambda: [np.frombuffer(codec.decode(encoded), request["dtype"])]


answer(work_of)
