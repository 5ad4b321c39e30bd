"""Opens each OME-TIFF that FOLDER/manifest.json names with tifffile: python check_tiff.py FOLDER.

The manifest is {file: {"shape", "dtype", "bigtiff", "levels": [md5, ...], "contains": [text, ...]}}, the shape TCZYX.
Prints {"checked", "failures": [...]} as JSON.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import tifffile

folder = Path(sys.argv[1])
failures = []
manifest = json.loads((folder / "manifest.json").read_text())
for name, expected in manifest.items():
    with tifffile.TiffFile(folder / name) as tif:
        series = tif.series[0]
        sums = [hashlib.md5(np.ascontiguousarray(level.asarray()).tobytes()).hexdigest() for level in series.levels]
        found = {
            "kind": series.kind,
            "series": len(tif.series),
            "shape": [n for n in series.shape if n > 1],
            "dtype": str(series.dtype),
            "bigtiff": tif.is_bigtiff,
            "levels": sums,
            "contains": [text for text in expected["contains"] if text in tif.ome_metadata],
        }
        wanted = {**expected, "kind": "ome", "series": 1, "shape": [n for n in expected["shape"] if n > 1]}
        if found != wanted:
            failures.append(f"{name}: {found}, not {wanted}")
print(json.dumps({"checked": len(manifest), "failures": failures}))
