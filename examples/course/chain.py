import dask.array as da
import numpy as np
from scipy import ndimage
from skimage import exposure, morphology

# Four map_blocks in a row: nothing is computed before the last line.
arr = da.from_zarr("microscopy_data.zarr", component="0")


def smooth(chunk, sigma):
    blurred = ndimage.gaussian_filter(chunk, (0, sigma, sigma, sigma), output=np.float32)
    return blurred.astype(chunk.dtype)


def normalize(chunk):
    return exposure.rescale_intensity(chunk, out_range=(0, 1)).astype(np.float32)


def without_small(chunk, max_size):
    return morphology.remove_small_objects(chunk, max_size=max_size)


filtered = arr.map_blocks(smooth, sigma=1.5, dtype=arr.dtype)
normalized = filtered.map_blocks(normalize, dtype=np.float32)
binary = normalized > 0.3
cleaned = binary.map_blocks(without_small, max_size=49, dtype=bool)
cleaned.to_zarr("cleaned-dask.zarr")
