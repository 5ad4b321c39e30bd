import dask.array as da
import numpy as np
from scipy import ndimage

# A filter on each chunk by itself.
arr = da.from_zarr("microscopy_data.zarr", component="0")


def smooth(chunk, sigma):
    blurred = ndimage.gaussian_filter(chunk, (0, sigma, sigma, sigma), output=np.float32)
    return blurred.astype(chunk.dtype)


filtered = arr.map_blocks(smooth, sigma=2, dtype=arr.dtype)
filtered.to_zarr("filtered-dask.zarr")
