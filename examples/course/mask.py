import dask.array as da

# An array of fewer axes meets each time point.
timeseries = da.from_zarr("timelapse.zarr", component="0")
mask = da.from_zarr("cell_mask.zarr", component="0")


def apply_mask(series, plane):
    return series * plane


masked = da.blockwise(apply_mask, "tij", timeseries, "tij", mask, "ij", dtype=timeseries.dtype)
masked.to_zarr("masked-dask.zarr")
