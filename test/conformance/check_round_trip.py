"""Opens OME-TIFFs with tifffile beside what they were made from: python check_round_trip.py FOLDER.

FOLDER/round-trip.json is [{"source", "output", "series": [{"shape", "dtype", "md5"}]}], shapes TCZYX. Where tifffile
reads the source as OME-TIFF too, pixels, names, sizes, units and channel names are compared with it.
Prints {"checked", "compared", "failures": [...]} as JSON.
"""

import hashlib
import json
import logging
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import tifffile

logging.getLogger("tifffile").setLevel(logging.CRITICAL)


def local(element):
    return element.tag.rpartition("}")[2]


def described(xml):
    """Names, physical sizes with units, and channel names of each Image."""
    out = []
    for image in ElementTree.fromstring(xml).iter():
        if local(image) != "Image":
            continue
        pixels = next(child for child in image if local(child) == "Pixels")
        sizes = {k: v for k, v in pixels.attrib.items() if k.startswith(("PhysicalSize", "TimeIncrement", "Size"))}
        channels = [child.get("Name") for child in pixels if local(child) == "Channel"]
        out.append([image.get("Name"), sizes, channels])
    return out


def md5(array):
    return hashlib.md5(np.ascontiguousarray(array).tobytes()).hexdigest()


folder = Path(sys.argv[1])
entries = json.loads((folder / "round-trip.json").read_text())
failures = []
compared = 0
for entry in entries:
    name = entry["source"]
    with tifffile.TiffFile(entry["output"]) as output:
        found = [
            {"shape": [n for n in s.shape if n > 1], "dtype": str(s.dtype), "md5": md5(s.asarray())}
            for s in output.series
        ]
        wanted = [{**s, "shape": [n for n in s["shape"] if n > 1]} for s in entry["series"]]
        if found != wanted or {s.kind for s in output.series} != {"ome"}:
            failures.append(f"{name}: {found}, not {wanted}")
        if not name.lower().endswith((".tif", ".tiff")):
            continue
        with tifffile.TiffFile(name) as source:
            if {s.kind for s in source.series} != {"ome"}:
                continue
            compared += 1
            if len(source.series) != len(output.series):
                failures.append(f"{name}: {len(output.series)} series, not {len(source.series)}")
            for a, b in zip(source.series, output.series):
                if not np.array_equal(np.squeeze(a.asarray()), np.squeeze(b.asarray())):
                    failures.append(f"{name}: pixels of {a.name}")
            if "BinaryOnly" not in source.ome_metadata:
                before, after = described(source.ome_metadata), described(output.ome_metadata)
                if before != after:
                    failures.append(f"{name}: {after}, not {before}")
print(json.dumps({"checked": len(entries), "compared": compared, "failures": failures}))
