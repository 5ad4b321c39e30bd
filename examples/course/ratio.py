import dask.array as da
import numpy as np

# Three arrays meet block by block.
fluorescence = da.from_zarr("fluorescence.zarr", component="0")
brightfield = da.from_zarr("brightfield.zarr", component="0")
background = da.from_zarr("background.zarr", component="0")


def ratio(fluor, bright, dark):
    signal = fluor.astype(np.int32) - dark
    light = bright.astype(np.int32) - dark
    safe = np.where(light == 0, 1, light)
    return np.where(light == 0, 0, signal / safe).astype(np.float32)


ratio_image = da.blockwise(
    ratio, "ijk", fluorescence, "ijk", brightfield, "ijk", background, "ijk", dtype=np.float32
)
ratio_image.to_zarr("ratio-dask.zarr")
