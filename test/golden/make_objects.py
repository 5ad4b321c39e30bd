"""Writes test/golden/data/objects.json: watersheds and peaks of small images with ties, by scikit-image 0.26.

    python make_objects.py
"""

import json
import pathlib

import numpy as np
from scipy import ndimage as ndi
from skimage.feature import canny, peak_local_max
from skimage.filters import apply_hysteresis_threshold
from skimage.segmentation import watershed

rng = np.random.default_rng(5)


def flat(a):
    return [int(v) for v in np.asarray(a).ravel()]


cases = {"watershed": [], "peakLocalMax": [], "hysteresis": [], "canny": []}
for shape, levels, count in [((13, 17), 4, 6), ((24, 20), 1, 5), ((7, 9, 8), 3, 7), ((31,), 3, 4), ((20, 22), 200, 12)]:
    for connectivity in range(1, len(shape) + 1):
        image = rng.integers(0, levels, shape)
        markers = np.zeros(shape, np.int32)
        markers.ravel()[rng.choice(markers.size, count, replace=False)] = rng.permutation(count) + 1
        for masked in (False, True):
            mask = rng.random(shape) < 0.8
            labels = watershed(image, markers, connectivity=connectivity, mask=mask if masked else None)
            cases["watershed"].append(
                {
                    "shape": shape,
                    "connectivity": connectivity,
                    "image": flat(image),
                    "markers": flat(markers),
                    **({"mask": flat(mask)} if masked else {}),
                    "labels": flat(labels),
                }
            )
for shape, levels in [((15, 18), 6), ((20, 21), 40), ((8, 9, 10), 5), ((40,), 4), ((9, 9), 1)]:
    image = ndi.uniform_filter(rng.integers(0, levels, shape), 2) if levels > 30 else rng.integers(0, levels, shape)
    for options in (
        {},
        {"min_distance": 2},
        {"min_distance": 3, "exclude_border": False},
        {"min_distance": 1, "threshold_abs": 2, "exclude_border": 2},
        {"min_distance": 2, "threshold_rel": 0.6, "exclude_border": False},
    ):
        mask = np.zeros(shape, bool)
        mask[tuple(peak_local_max(image, **options).T)] = True
        cases["peakLocalMax"].append(
            {"shape": shape, "options": options, "image": flat(image), "peaks": [int(i) for i in np.flatnonzero(mask)]}
        )
for low, high in [(3, 8), (5, 5), (7, 4)]:
    image = rng.integers(0, 10, (16, 19))
    cases["hysteresis"].append(
        {
            "shape": image.shape,
            "low": low,
            "high": high,
            "image": flat(image),
            "mask": flat(apply_hysteresis_threshold(image, low, high)),
        }
    )
path = pathlib.Path(__file__).parent / "data/objects.json"
path.write_text(json.dumps(cases, separators=(",", ":")).replace("},{", "},\n{") + "\n")
