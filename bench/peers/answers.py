"""What bench/peers/partner.ts speaks with: a request a line, an answer a line, both JSON.

A request names a case. `folder` asks for its results as raw bytes, 0.raw, 1.raw, ... there; else it is timed: the least
processor time of this thread, of as many calls as `seconds` hold.
"""

import json
import sys
import time

import numpy as np


def least_seconds(work, seconds):
    begun = time.thread_time()
    least = None
    while least is None or end - begun < seconds:
        start = time.thread_time()
        work()
        end = time.thread_time()
        least = end - start if least is None else min(least, end - start)
    return least


def save(results, folder):
    saved = []
    for i, result in enumerate(results):
        array = np.ascontiguousarray(result)
        array.tofile(f"{folder}/{i}.raw")
        saved.append({"dtype": array.dtype.name, "shape": list(np.shape(result))})
    return saved


def answer(work_of):
    """`work_of(request)` gives what is timed, a function without arguments that gives a list of arrays."""
    for line in sys.stdin:
        request = json.loads(line)
        try:
            work = work_of(request)
            if "folder" in request:
                said = {"saved": save(work(), request["folder"])}
            else:
                said = {"seconds": least_seconds(work, request["seconds"])}
        except Exception as error:
            said = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(said), flush=True)
