import dask.array as da
import numpy as np
from skimage import feature

# Each chunk with 10 elements of its neighbours, trimmed afterwards.
arr = da.from_zarr("cell_segmentation.zarr", component="0")


def edges_of(chunk):
    return np.stack([feature.canny(plane, sigma=1) for plane in chunk])


edges = arr.map_overlap(edges_of, depth=(0, 10, 10), boundary="reflect", dtype=bool)
edges.to_zarr("edges-dask.zarr")
