"""dask-image's side of the labelling benchmark: labels a mask by faces on threads, and stores the labels.

    python dask_image_label.py MASK.zarr LABELS.zarr --workers 2 --memory 20
"""

import argparse
import json
import resource

import dask
import dask.array as da
import numpy as np
import zarr
from dask_image import ndmeasure
from zarr.codecs import BloscCodec


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("source")
    parser.add_argument("target")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--memory", type=float, default=20, help="GiB that the process may address at most")
    options = parser.parse_args()
    limit = int(options.memory * 2**30)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    dask.config.set(scheduler="threads", num_workers=options.workers)
    labels, count = ndmeasure.label(da.from_zarr(options.source))
    target = zarr.create_array(
        options.target,
        shape=labels.shape,
        chunks=labels.chunksize,
        dtype=np.uint32,
        zarr_format=3,
        compressors=BloscCodec(cname="zstd", clevel=1, shuffle="shuffle"),
    )
    # One computation: the count shares its labels.
    stored = da.store(labels.astype(np.uint32), target, lock=False, compute=False)
    _, objects = dask.compute(stored, count)
    print(json.dumps({"objects": int(objects)}))


main()
