"""The kernels of bench/kernels/cases.ts by numpy, scipy and scikit-image, as someone would call them who wants them fast.

    python kernels.py INPUTS SHAPE     (SHAPE: 16,512,512; requests name a case and a dtype)
"""

import sys

import numpy as np
from answers import answer
from scipy import ndimage as ndi
from skimage.exposure import rescale_intensity
from skimage.morphology import remove_small_objects
from skimage.segmentation import watershed

folder = sys.argv[1]
shape = tuple(int(n) for n in sys.argv[2].split(","))


def read(name, dtype):
    return np.fromfile(f"{folder}/{name}.raw", dtype).reshape(shape)


mask = read("mask", bool)
markers = read("markers", np.int32)
images = {dtype: [read(f"{dtype}-{i}", dtype) for i in range(3)] for dtype in ("uint8", "uint16", "float32")}


def sobel_per_plane(a):
    out = np.empty(a.shape, np.float32)
    for plane, into in zip(a, out):
        edges = [ndi.sobel(plane, axis, np.float32) for axis in (0, 1)]
        np.hypot(*edges, out=into)
    # scikit-image's weights, and integers as parts of their largest
    largest = 1 if a.dtype.kind == "f" else np.iinfo(a.dtype).max
    out *= np.float32(1 / (4 * np.sqrt(2) * largest))
    return out


def five(a, axis=None):
    dtype = np.float64 if a.dtype.kind == "f" else None
    return [a.sum(axis, dtype), a.mean(axis, np.float64), a.std(axis, np.float64), a.max(axis), a.min(axis)]


def mean_of_windows(a):
    wide = a.dtype if a.dtype.kind == "f" else np.uint32
    pairs = np.add(a[:, :, ::2], a[:, :, 1::2], dtype=wide)
    rows = pairs[:, ::2] + pairs[:, 1::2]
    total = rows[::2] + rows[1::2]
    if wide is not np.uint32:
        return total / 8
    # half to even: an eighth of what lies above a half, or at a half above an odd number
    return ((total + 3 + ((total >> 3) & 1)) >> 3).astype(a.dtype)


def ratio(a, b, c):
    a, b, c = (x.astype(np.float32, copy=False) for x in (a, b, c))
    out = a - b
    out /= c
    return out


def erosion(size):
    return lambda a: ndi.grey_erosion(a, (size, size, size))


CASES = {
    "gaussian 3-D, sigma 2": lambda a: ndi.gaussian_filter(a, 2, output=np.float32),
    "gaussian per plane, sigma 2": lambda a: ndi.gaussian_filter(a, (0, 2, 2), output=np.float32),
    "uniform 5x5x5": lambda a: ndi.uniform_filter(a, 5, output=np.float32),
    "laplace": lambda a: ndi.laplace(a, output=np.float32),
    "sobel per plane": sobel_per_plane,
    "median 3x3x3": lambda a: ndi.median_filter(a, 3),
    "grey erosion, box of radius 1": erosion(3),
    "grey erosion, box of radius 2": erosion(5),
    "grey erosion, box of radius 3": erosion(7),
    "binary opening": ndi.binary_opening,
    "label, by faces": lambda a: ndi.label(a)[0],
    "remove small objects": lambda a: remove_small_objects(a, max_size=20),
    "distance transform": ndi.distance_transform_edt,
    "watershed": lambda a: watershed(a, markers, mask=mask),
    "zoom to half, linear": lambda a: ndi.zoom(a, 0.5, order=1, output=np.float32),
    "zoom to half, cubic": lambda a: ndi.zoom(a, 0.5, order=3, output=np.float32),
    "rescale": lambda a: rescale_intensity(a, in_range=(0, 200), out_range="uint8"),
    "threshold": lambda a: a > 100,
    "to float32": lambda a: a.astype(np.float32),
    "sum, mean, std, max, min": five,
    "the same along axis 0": lambda a: five(a, 0),
    "max": lambda a: a.max(),
    "max along axis 0": lambda a: a.max(0),
    "2x2x2 mean": mean_of_windows,
}


def work_of(request):
    case, dtype = request["case"], request["dtype"]
    if case == "ratio of three":
        return lambda: [ratio(*images[dtype])]
    image = mask if dtype == "bool" else images[dtype][0]

    def work():
        result = CASES[case](image)
        return result if isinstance(result, list) else [result]

    return work


answer(work_of)
