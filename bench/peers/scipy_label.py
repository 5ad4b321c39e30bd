"""Compares labels with scipy's: the same numbers everywhere.

    python scipy_label.py MASK.zarr LABELS.zarr
"""

import json
import sys

import numpy as np
import zarr
from scipy.ndimage import label

labels, count = label(zarr.open_array(sys.argv[1], mode="r")[:])
ours = zarr.open_array(sys.argv[2], mode="r")[:]
print(json.dumps({"objects": int(count), "different": int(np.count_nonzero(labels != ours))}))
