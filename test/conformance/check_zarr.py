"""Opens each array that manifest.json names with zarr-python and with tensorstore, and compares what they read.

python check_zarr.py FOLDER, where FOLDER/manifest.json is {"arrays": {path: {"format", "shape", "dtype", "md5"}},
"groups": {path: attributes}}. Prints {"checked", "failures": [...]} as JSON.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import tensorstore
import zarr

folder = Path(sys.argv[1])
manifest = json.loads((folder / "manifest.json").read_text())
failures = []
checked = 0


def with_zarr(path, expected):
    array = zarr.open_array(path, mode="r", zarr_format=expected["format"])
    return array[...]


def with_tensorstore(path, expected):
    driver = "zarr" if expected["format"] == 2 else "zarr3"
    store = {"driver": driver, "kvstore": {"driver": "file", "path": f"{path}/"}}
    return tensorstore.open(store, open=True, read=True).result().read().result()


def compare(name, reader, expected):
    data = np.asarray(reader(str(folder / name), expected))
    dtype = np.dtype(expected["dtype"])
    if list(data.shape) != expected["shape"] or data.dtype != dtype:
        return f"{data.shape} {data.dtype}"
    md5 = hashlib.md5(np.ascontiguousarray(data).astype(dtype.newbyteorder("<")).tobytes()).hexdigest()
    return None if md5 == expected["md5"] else "other values"


for name, expected in manifest["arrays"].items():
    for reader in (with_zarr, with_tensorstore):
        checked += 1
        try:
            problem = compare(name, reader, expected)
        except Exception as error:  # every failure is reported
            problem = f"{type(error).__name__}: {error}"
        if problem:
            failures.append(f"{reader.__name__} {name}: {problem}")
for name, attributes in manifest["groups"].items():
    checked += 1
    group = zarr.open_group(str(folder / name), mode="r")
    if dict(group.attrs) != attributes:
        failures.append(f"group {name}: {dict(group.attrs)}")

print(json.dumps({"checked": checked, "failures": failures}))
