import dask.array as da

# Reductions by tree, along axes by index.
arr = da.from_zarr("series.zarr", component="0")
arr.sum().to_zarr("total-dask.zarr")
arr.mean(axis=(2, 3)).to_zarr("average-dask.zarr")
arr.max(axis=1).to_zarr("projection-dask.zarr")
arr.std(axis=0, ddof=1).to_zarr("spread-dask.zarr")
