import dask.array as da

# Arrays along a new axis, and along one that they have.
fluorescence = da.from_zarr("fluorescence.zarr", component="0")
brightfield = da.from_zarr("brightfield.zarr", component="0")
da.stack([fluorescence, brightfield], axis=0).to_zarr("channels-dask.zarr")
da.concatenate([fluorescence, brightfield], axis=-1).to_zarr("mosaic-dask.zarr")
