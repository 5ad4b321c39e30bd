"""Reads the steps that `lamella serve` serves with zarr-python, and compares them with what `lamella run` wrote.

check_served.py INDEX.json OUTPUTS: the served steps' index, and the folder of the run's outputs, NAME.zarr each. Prints, as JSON,
how many chunks were compared of each array, and what differs.
"""

import itertools
import json
import math
import sys

import numpy as np
import zarr

index = json.load(open(sys.argv[1]))
outputs = sys.argv[2]
compared: dict[str, int] = {}
failures: list[str] = []


def regions(array):
    counts = [range(math.ceil(n / c)) for n, c in zip(array.shape, array.chunks)]
    for cell in itertools.product(*counts):
        yield cell, tuple(slice(i * c, (i + 1) * c) for i, c in zip(cell, array.chunks))


everything = zarr.open_group(index["url"].rstrip("/"), mode="r")
for step in index["steps"]:
    name = step["name"]
    if name == "image":
        continue
    served = zarr.open_group(step["url"], mode="r")
    stored = zarr.open_group(f"{outputs}/{name}.zarr", mode="r")
    ome = served.attrs["ome"]["multiscales"]
    if ome != stored.attrs["ome"]["multiscales"]:
        failures.append(f"{name}: other multiscales")
    for dataset in ome[0]["datasets"]:
        path = dataset["path"]
        a, b = served[path], stored[path]
        if (a.shape, a.dtype, a.chunks) != (b.shape, b.dtype, b.chunks):
            failures.append(f"{name}/{path}: {a.info} against {b.info}")
            continue
        for cell, region in regions(a):
            if not np.array_equal(a[region], b[region]):
                failures.append(f"{name}/{path}: chunk {cell} differs")
            compared[f"{name}/{path}"] = compared.get(f"{name}/{path}", 0) + 1
    again = everything[f"{name}.zarr/0"]
    if not np.array_equal(again[...], stored["0"][...]):
        failures.append(f"{name}: differs by way of the group of all steps")

print(json.dumps({"compared": compared, "failures": failures}))
