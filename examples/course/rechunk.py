import dask.array as da

# The same values in chunks for different ways of reading, stored; -1 is a whole axis.
arr = da.from_zarr("series.zarr", component="0")
print(f"shape {arr.shape}, chunks {arr.chunks}")
print(f"{arr.dtype}, {arr.nbytes / 1e6:.1f} MB")
arr.rechunk((1, 1, 256, 256)).to_zarr("spatial-dask.zarr")
arr.rechunk((4, -1, 64, 64)).to_zarr("temporal-dask.zarr")
arr.rechunk((2, 4, 64, 64)).to_zarr("balanced-dask.zarr")
