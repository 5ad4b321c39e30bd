import dask.array as da
import numpy as np
from scipy import ndimage

# The blocks with their neighbours' elements, then what a filter makes of them, untrimmed.
arr = da.from_zarr("fluorescence.zarr", component="0")
overlapped = da.overlap.overlap_internal(arr, {1: 3, 2: 3})


def smooth(block):
    return ndimage.gaussian_filter(block, (0, 1, 1), radius=3, output=np.float32)


overlapped.to_zarr("overlapped-dask.zarr")
overlapped.map_blocks(smooth, dtype=np.float32).to_zarr("smooth-dask.zarr")
