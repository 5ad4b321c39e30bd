import dask.array as da

# The function gets whole rows along z, and gives two results.
arr = da.from_zarr("series.zarr", component="0")


def value_range(rows):
    return rows.min(axis=-1), rows.max(axis=-1)


least, greatest = da.apply_gufunc(
    value_range,
    "(i)->(),()",
    arr.rechunk({1: -1}),
    axis=1,
    output_dtypes=(arr.dtype, arr.dtype),
)
least.to_zarr("least-dask.zarr")
greatest.to_zarr("greatest-dask.zarr")
