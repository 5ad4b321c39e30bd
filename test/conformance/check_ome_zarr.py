"""Makes OME-TIFFs, and opens what became of them with the software that users have.

python check_ome_zarr.py make FOLDER writes movie.ome.tif (time, channels, z), rgb.tif and series.ome.tif (two images).
python check_ome_zarr.py write FOLDER writes ngff-0.4.zarr, ngff-0.5.zarr, ngff-0.6.zarr by ngff-zarr, and ome-0.4.zarr, ome-0.5.zarr (with labels)
and plate-0.4.zarr, plate-0.5.zarr by ome-zarr-py.
python check_ome_zarr.py check FOLDER reads FOLDER/manifest.json, a list of {"image": path of an image's group, "tiff", "series",
"version", "axes", "units", "scale", "shapes", "factors", "channels", "labels", "plate", "wells"}, and holds zarr-python, tensorstore, ome-zarr-py, ngff-zarr and
ome-zarr-models against it. Prints {"opened": {reader: count}, "failures": [...]} as JSON.
"""

import json
import logging
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import tifffile
import zarr

logging.disable(logging.WARNING)
what, folder = sys.argv[1], Path(sys.argv[2])
SHAPE = {"movie": (2, 2, 5, 132, 121), "rgb": (90, 70, 3), "first": (3, 65, 80), "second": (2, 40, 31)}


def pixels(name):
    """Smooth enough that means differ from what is near them, and different for each name."""
    shape = SHAPE[name]
    index = np.arange(np.prod(shape), dtype=np.uint64).reshape(shape)
    values = (index * 2654435761 + len(name)) >> 7
    return (values % 250).astype(np.uint8) if name == "rgb" else (values % 60000).astype(np.uint16)


def make():
    sizes = {f"PhysicalSize{a}": s for a, s in zip("XYZ", (0.325, 0.325, 0.65))}
    units = {f"PhysicalSize{a}Unit": "µm" for a in "XYZ"}
    movie = {"axes": "TCZYX", "Name": "movie", "TimeIncrement": 2.5, "TimeIncrementUnit": "s", **sizes, **units}
    channels = {"Channel": {"Name": ["DAPI", "GFP"]}}
    tifffile.imwrite(folder / "movie.ome.tif", pixels("movie"), metadata={**movie, **channels}, compression="zlib")
    tifffile.imwrite(folder / "rgb.tif", pixels("rgb"), photometric="rgb")
    with tifffile.TiffWriter(folder / "series.ome.tif", ome=True) as file:
        for name, axes in (("first", "CYX"), ("second", "ZYX")):
            file.write(pixels(name), metadata={"axes": axes, "Name": name, "PhysicalSizeX": 0.5, "PhysicalSizeXUnit": "µm"})


def write():
    import ngff_zarr
    from ome_zarr.format import FormatV04, FormatV05
    from ome_zarr.writer import write_image, write_labels, write_plate_metadata, write_well_metadata

    values = pixels("first")
    steps = {"scale": {"c": 1.0, "y": 0.5, "x": 0.25}, "translation": {"c": 0.0, "y": 3.0, "x": 0.0}}
    units = {"y": "micrometer", "x": "micrometer"}
    image = ngff_zarr.to_ngff_image(values, dims=("c", "y", "x"), axes_units=units, name="first", **steps)
    many = ngff_zarr.to_multiscales(image, scale_factors=[2], chunks=32)
    for version in ("0.4", "0.5", "0.6"):
        ngff_zarr.to_ngff_zarr(str(folder / f"ngff-{version}.zarr"), many, version=version)
    axes = [{"name": "c", "type": "channel"}, *({"name": n, "type": "space", "unit": u} for n, u in units.items())]
    for fmt in (FormatV04(), FormatV05()):
        path = folder / f"ome-{fmt.version}.zarr"
        root = zarr.open_group(path, mode="w", zarr_format=fmt.zarr_format)
        write_image(values, root, axes=axes, fmt=fmt)
        write_labels((values > 9).astype(np.uint8), root, name="bright", axes=axes, fmt=fmt)
        plate = zarr.open_group(folder / f"plate-{fmt.version}.zarr", mode="w", zarr_format=fmt.zarr_format)
        write_plate_metadata(plate, ["A"], ["1", "2"], ["A/1", "A/2"], fmt=fmt)
        for column in "12":
            well = plate.require_group("A").require_group(column)
            write_well_metadata(well, ["0"], fmt=fmt)
            write_image(values, well.require_group("0"), axes=axes, fmt=fmt, scale_factors=[2])


def tczyx(data, axes):
    for letter in "TCZYX":
        if letter not in axes:
            data, axes = data[np.newaxis], letter + axes
    return np.transpose(data, [axes.index(letter) for letter in "TCZYX"])


def source(case):
    if "tiff" not in case:
        return None
    with tifffile.TiffFile(folder / case["tiff"]) as file:
        series = file.series[case["series"]]
        return tczyx(series.asarray(), series.axes.replace("S", "C"))


def wanted_window(channel, values):
    """The channels of a picture in colour share the whole range, or its colours would be others."""
    coloured = values.dtype == np.uint8 and channel["label"] in ("Red", "Green", "Blue")
    return [0, 255] if coloured else [values.min(), values.max()]


def check():
    import ngff_zarr
    import ome_zarr_models
    import tensorstore
    from ome_zarr.io import parse_url
    from ome_zarr.reader import Reader

    failures, opened = [], Counter()
    for case in json.loads((folder / "manifest.json").read_text()):
        path, version = folder / case["image"], case["version"]
        name = case["image"]

        def equal(reader, fact, got, want):
            same = np.allclose(got, want) if fact in ("scale", "translation") else got == want
            if not same:
                failures.append(f"{name} by {reader}: {fact} {got}, not {want}")

        def same_pixels(reader, level, got):
            got = np.asarray(got)
            if got.dtype != levels[level].dtype or not np.array_equal(got, levels[level]):
                failures.append(f"{name} by {reader}: pixels of level {level}")

        # the centre of a window: half of it less half an element on
        scales = [[s * f for s, f in zip(case["scale"], factors)] for factors in case["factors"]]
        shifts = [[s * (f - 1) / 2 for s, f in zip(case["scale"], factors)] for factors in case["factors"]]

        group = zarr.open_group(path, mode="r")
        equal("zarr-python", "format", group.metadata.zarr_format, 2 if version == "0.4" else 3)
        attributes = dict(group.attrs)
        ome = attributes if version == "0.4" else attributes["ome"]
        multiscale = ome["multiscales"][0]
        levels = [group[d["path"]][...] for d in multiscale["datasets"]]
        equal("zarr-python", "shapes", [list(level.shape) for level in levels], case["shapes"])
        equal("zarr-python", "axes", [a["name"] for a in multiscale["axes"]], list(case["axes"]))
        if version == "0.5":
            for dataset in multiscale["datasets"]:
                names = group[dataset["path"]].metadata.dimension_names
                equal("zarr-python", "dimension_names", list(names), list(case["axes"]))
        wanted = source(case)
        if wanted is not None:
            equal("zarr-python", "pixels of the TIFF", np.array_equal(levels[0], wanted), True)
        if case.get("channels"):
            equal("zarr-python", "channels", [c["label"] for c in ome["omero"]["channels"]], case["channels"])
            for i, channel in enumerate(ome["omero"]["channels"]):
                values = levels[0][:, i]
                window = [channel["window"][k] for k in ("min", "max")]
                equal("zarr-python", "window", window, wanted_window(channel, values))
        opened["zarr-python"] += 1

        driver = "zarr" if version == "0.4" else "zarr3"
        for i, dataset in enumerate(multiscale["datasets"]):
            spec = {"driver": driver, "kvstore": {"driver": "file", "path": f"{path}/{dataset['path']}/"}}
            array = tensorstore.open(spec, open=True, read=True).result()
            same_pixels("tensorstore", i, array.read().result())
            if version == "0.5":
                equal("tensorstore", "labels", list(array.domain.labels), list(case["axes"]))
        opened["tensorstore"] += 1

        nodes = list(Reader(parse_url(path))())
        node = nodes[0]
        for i, data in enumerate(node.data):
            same_pixels("ome-zarr-py", i, data)
            got = {t["type"]: t[t["type"]] for t in node.metadata["coordinateTransformations"][i]}
            equal("ome-zarr-py", "scale", got["scale"], scales[i])
            equal("ome-zarr-py", "translation", got.get("translation", [0] * len(scales[i])), shifts[i])
        equal("ome-zarr-py", "axes", "".join(a["name"] for a in node.metadata["axes"]), case["axes"])
        equal("ome-zarr-py", "units", [a.get("unit") for a in node.metadata["axes"]], case["units"])
        if case.get("channels"):
            equal("ome-zarr-py", "channels", list(node.metadata["channel_names"]), case["channels"])
        if case.get("labels"):
            names = group["labels"].attrs["ome"]["labels"] if version == "0.5" else group["labels"].attrs["labels"]
            equal("zarr-python", "labels", list(names), case["labels"])
            labels = [n for n in nodes if any(type(s).__name__ == "Label" for s in n.specs)]
            equal("ome-zarr-py", "label images", len(labels), len(case["labels"]))
            for label in labels:
                equal("ome-zarr-py", "levels of labels", len(label.data), len(case["shapes"]))
                equal("ome-zarr-py", "dtype of labels", label.data[0].dtype.kind in "iu", True)
        opened["ome-zarr-py"] += 1

        many = ngff_zarr.from_ngff_zarr(str(path), validate=True)
        for i, image in enumerate(many.images):
            same_pixels("ngff-zarr", i, image.data)
            equal("ngff-zarr", "dims", "".join(image.dims), case["axes"])
            equal("ngff-zarr", "scale", [image.scale[d] for d in image.dims], scales[i])
            equal("ngff-zarr", "translation", [image.translation[d] for d in image.dims], shifts[i])
            units = image.axes_units or {}
            equal("ngff-zarr", "units", [units.get(d) for d in image.dims], case["units"])
        if case.get("channels"):
            equal("ngff-zarr", "channels", [c.label for c in many.metadata.omero.channels], case["channels"])
        opened["ngff-zarr"] += 1

        ome_zarr_models.open_ome_zarr(path)
        opened["ome-zarr-models"] += 1

        if case.get("plate"):
            root = folder / case["plate"]
            plate = list(Reader(parse_url(root))())[0]
            equal("ome-zarr-py", "specs of the plate", [type(s).__name__ for s in plate.specs], ["Plate"])
            equal("ome-zarr-py", "wells", plate.specs[0].well_paths, case["wells"])
            equal("ome-zarr-models", "plate", type(ome_zarr_models.open_ome_zarr(root)).__name__, "HCS")
            opened["plates"] += 1
    print(json.dumps({"opened": opened, "failures": failures}))


{"make": make, "write": write, "check": check}[what]()
