"""Checks a conversion and a pipeline's outputs against tifffile, numpy, scipy and scikit-image.

python check_pipeline.py IMAGE.ome.tif FOLDER, where FOLDER holds image.zarr (the conversion), cleaned.zarr, brightest.zarr and
average.zarr. Prints {"failures": [...]} as JSON.
"""

import json
import sys
from pathlib import Path

import numpy as np
import tensorstore
import tifffile
import zarr
from scipy.ndimage import gaussian_filter, label
from skimage.exposure import rescale_intensity
from skimage.morphology import remove_small_objects

tiff, folder = sys.argv[1], Path(sys.argv[2])
failures = []


def check(name, ok):
    if not ok:
        failures.append(name)


def blocks(array):
    """The chunks of a zarr array, as slices."""
    for index in np.ndindex(*array.cdata_shape):
        yield tuple(slice(i * c, min((i + 1) * c, n)) for i, c, n in zip(index, array.chunks, array.shape))


group = zarr.open_group(folder / "image.zarr" / "0", mode="r")
ome = dict(group.attrs)["ome"]
multiscale = ome["multiscales"][0]
levels = [group[dataset["path"]] for dataset in multiscale["datasets"]]
image = levels[0][...]
pixels = tifffile.imread(tiff)
check("level 0 equals tifffile", np.array_equal(image.reshape(pixels.shape), pixels))
store = {"driver": "zarr3", "kvstore": {"driver": "file", "path": f"{folder}/image.zarr/0/0/"}}
check("tensorstore reads the same", np.array_equal(tensorstore.open(store).result().read().result(), image))

current = image
for i, level in enumerate(levels[1:], 1):
    y, x = (n // 2 for n in current.shape[-2:])
    windows = current[..., : 2 * y, : 2 * x].reshape(*current.shape[:-2], y, 2, x, 2)
    current = np.rint(windows.mean((-3, -1))).astype(image.dtype)
    check(f"level {i} is the rounded mean", np.array_equal(level[...], current))
    scale = multiscale["datasets"][i]["coordinateTransformations"][0]["scale"]
    check(f"level {i} has scale {scale}", np.allclose(scale, [1, 1, 1, 0.325 * 2**i, 0.325 * 2**i]))
check("channel names", [c["label"] for c in ome["omero"]["channels"]] == ["nuclei", "membrane"])
windows = [(c["window"]["min"], c["window"]["max"]) for c in ome["omero"]["channels"]]
check("windows are measured", windows == [(int(image[:, c].min()), int(image[:, c].max())) for c in range(2)])

smooth = np.stack([gaussian_filter(v.astype(np.float32), 1.5, mode="reflect") for v in image[0]])[None]
expected = np.zeros(image.shape, bool)
for block in blocks(levels[0]):
    scaled = rescale_intensity(smooth[block], out_range=(0.0, 1.0))
    mask = remove_small_objects((scaled > 0.3)[0, 0], max_size=49, connectivity=1)
    expected[block] = mask
cleaned = zarr.open_group(folder / "cleaned.zarr", mode="r")["0"][...]
# float32 sums in another order: a voxel at the threshold may fall on the other side, and take a small object along
check("cleaned equals scipy and scikit-image", np.mean(cleaned != expected) < 2e-4)

numbered, count = np.zeros(image.shape, np.uint32), 0
for c in range(2):
    part, found = label(cleaned[0, c])
    numbered[0, c] = np.where(part, part + count, 0)
    count += found
objects = group["labels/objects/0"][...]
check(f"labels equal scipy's, {count} objects", np.array_equal(objects, numbered) and count > 10)
check("labels are listed", "objects" in dict(group["labels"].attrs)["ome"]["labels"])

brightest = zarr.open_group(folder / "brightest.zarr", mode="r")["0"][...]
check("max along z", np.array_equal(brightest, image.max(axis=2)))
average = zarr.open_array(folder / "average.zarr", mode="r")[...]
check("mean of all", np.isclose(float(average), image.mean(), rtol=1e-14))
print(json.dumps({"failures": failures}))
