"""Compares an OME-Zarr in bioformats2raw's layout with the TIFF that it was converted from.

python check_conversion.py TIFF ZARR METHOD, METHOD one of mean, nearest, max. Level 0 must be tifffile's pixels,
each further level the level before shrunk by numpy, for zarr-python and tensorstore alike. Prints {"series",
"levels", "failures": [...]} as JSON.
"""

import json
import sys

import numpy as np
import tensorstore
import tifffile
import zarr

tiff, path, method = sys.argv[1:4]
failures = []
levels = 0


def as_tczyx(series):
    """A series' pixels as TCZYX; RGB samples go with the channels, the sample fastest."""
    data, axes = series.asarray(), series.axes
    if "S" in axes:
        data = np.moveaxis(data, axes.index("S"), -1)
        axes = axes.replace("S", "") + "S"
    else:
        data, axes = data[..., np.newaxis], axes + "S"
    for letter in "TCZYX":
        if letter not in axes:
            data, axes = data[np.newaxis], letter + axes
    data = np.transpose(data, [axes.index(letter) for letter in "TCSZYX"])
    t, c, s, z, y, x = data.shape
    return data.reshape(t, c * s, z, y, x)


def shrink(data):
    factors = [min(2, n) if axis >= 3 else 1 for axis, n in enumerate(data.shape)]
    cut = data[tuple(slice(0, max(1, n // f) * f) for n, f in zip(data.shape, factors))]
    if method == "nearest":
        return cut[tuple(slice(None, None, f) for f in factors)]
    windows = cut.reshape([n for size, f in zip(cut.shape, factors) for n in (size // f, f)])
    axes = tuple(range(1, windows.ndim, 2))
    if method == "max":
        return windows.max(axis=axes)
    # numpy's mean is of float64; halves go to the even integer
    mean = windows.astype(np.float64).mean(axis=axes)
    return (np.rint(mean) if data.dtype.kind in "iub" else mean).astype(data.dtype)


def compare(name, got, want):
    if got.shape != want.shape or got.dtype != want.dtype:
        failures.append(f"{name}: {got.shape} {got.dtype}, not {want.shape} {want.dtype}")
    elif not np.array_equal(got, want, equal_nan=want.dtype.kind == "f"):
        where = np.argwhere(got != want)[0].tolist()
        failures.append(f"{name}: {np.count_nonzero(got != want)} elements differ, the first at {where}")


root = zarr.open_group(path, mode="r")
with tifffile.TiffFile(tiff) as file:
    series = [as_tczyx(each) for each in file.series]
for i, pixels in enumerate(series):
    image = root[str(i)]
    attributes = dict(image.attrs)
    multiscale = attributes.get("ome", attributes)["multiscales"][0]
    want = pixels
    for j, dataset in enumerate(multiscale["datasets"]):
        array = image[dataset["path"]]
        want = want if j == 0 else shrink(want)
        name = f"series {i} level {j}"
        compare(name, array[...], want)
        driver = "zarr" if array.metadata.zarr_format == 2 else "zarr3"
        kvstore = {"driver": "file", "path": f"{path}/{i}/{dataset['path']}/"}
        read = tensorstore.open({"driver": driver, "kvstore": kvstore}, open=True, read=True).result().read().result()
        compare(f"{name} by tensorstore", np.asarray(read), want)
        levels += 1

print(json.dumps({"series": len(series), "levels": levels, "failures": failures}))
