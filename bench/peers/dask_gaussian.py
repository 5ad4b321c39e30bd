"""Dask's side of the Gaussian benchmark: smooths a Zarr array in three dimensions on threads.

    python dask_gaussian.py IN.zarr OUT.zarr --workers 2

The depth of 8 covers the filter, whose own mode gives the reflection at the array's ends, so `boundary="none"` gives
the values of `boundary="reflect"` and spares Dask the making of the reflected borders.
"""

import argparse
import json

import dask
import dask.array as da
import numpy as np
import zarr
from scipy.ndimage import gaussian_filter
from zarr.codecs import BloscCodec


def smooth(block):
    return gaussian_filter(block.astype(np.float32), 2, mode="reflect", truncate=4).astype(np.uint16)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("source")
    parser.add_argument("target")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    dask.config.set(scheduler="threads", num_workers=options.workers)
    image = da.from_zarr(options.source)
    smoothed = image.map_overlap(
        smooth, depth=8, boundary="none", dtype=np.uint16, meta=np.empty((0, 0, 0), np.uint16)
    )
    target = zarr.create_array(
        options.target,
        shape=smoothed.shape,
        chunks=smoothed.chunksize,
        dtype=smoothed.dtype,
        zarr_format=3,
        compressors=BloscCodec(cname="zstd", clevel=1, shuffle="shuffle"),
    )
    da.store(smoothed, target, lock=False)
    print(json.dumps({"status": "succeeded"}))


main()
