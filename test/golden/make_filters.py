"""Makes test/golden/filters.json and its arrays: what scipy and scikit-image give for small images.

Run with numpy 2.4, scipy 1.17 and scikit-image 0.26. Parameters are written as Lamella's kernels take them.
"""

import gzip
import io
import json
import pathlib
import warnings

import numpy as np
import scipy
import skimage
from scipy import ndimage as ndi
from skimage import exposure, feature, filters, restoration, util

warnings.simplefilter("ignore")
here = pathlib.Path(__file__).parent
data = here / "data"


def save(name, array):
    raw = io.BytesIO()
    np.save(raw, np.ascontiguousarray(array))
    path = data / f"{name}.npy.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(raw.getvalue(), mtime=0))
    return f"{name}.npy"


rng = np.random.default_rng(7)
smooth = ndi.gaussian_filter(rng.standard_normal((6, 37, 43)), [1, 2, 2])
unit = (smooth - smooth.min()) / (smooth.max() - smooth.min())
noisy = np.clip(unit + 0.03 * rng.standard_normal(unit.shape), 0, 1)
INPUTS = {
    "u8": np.rint(noisy[0] * 255).astype(np.uint8),
    "u16": np.rint(noisy[1] * 40000).astype(np.uint16),
    "i16": np.rint((noisy[2] - 0.5) * 65534).astype(np.int16),
    "i8vol": np.rint((noisy[:, :11, :13] - 0.5) * 256).clip(-128, 127).astype(np.int8),
    "f32": noisy[3].astype(np.float32),
    "f32vol": noisy[:, :15, :17].astype(np.float32),
    "f64": noisy[4] * 2 - 1,
}

W2 = [[0, 1, -2, 0.5], [3, 0, 0.25, -1], [-0.5, 2, 1, 1]]
W3 = [[[1, 0], [0, -1]], [[0.5, 2], [0, 3]]]
PSF = np.outer([1, 2, 4, 1], [1, 3, 1]) / 40

CASES = []


def case(kernel, image, params, expected, ref, dtype=None, atol=0.0, rtol=2e-6, mismatch=None):
    """`dtype` is what Lamella gives, where that is narrower than the reference's."""
    name = f"{kernel}_{image}_{sum(c['kernel'] == kernel for c in CASES)}"
    expected = np.asarray(expected)
    if dtype is not None:
        expected = expected.astype(dtype)
    CASES.append(
        dict(
            id=name,
            kernel=kernel,
            params=params,
            input=f"filters/{image}.npy",
            dtype=str(expected.dtype),
            atol=atol,
            rtol=rtol,
            mismatch=mismatch or 0,
            ref=ref,
            expected=save(f"filters/{name}", expected),
        )
    )


for name in ("u8", "u16", "i16", "f32", "i8vol", "f32vol"):
    x = INPUTS[name]
    for kernel in ("sobel", "prewitt"):
        case(kernel, name, {}, getattr(filters, kernel)(x), f"skimage.filters.{kernel}", "float32", 1e-6)
    case("sobel", name, {"axis": 0, "mode": "constant", "cval": 3}, ndi.sobel(x.astype(float), axis=0, mode="constant", cval=3), "scipy.ndimage.sobel", "float32", 1e-6)
case("sobel", "f32", {"mode": "constant", "cval": 0.5}, filters.sobel(INPUTS["f32"], mode="constant", cval=0.5), "skimage.filters.sobel", "float32", 1e-6)
case("prewitt", "f32vol", {"axis": -1, "mode": "wrap"}, ndi.prewitt(INPUTS["f32vol"], mode="wrap"), "scipy.ndimage.prewitt", "float32", 1e-6)
case("laplace", "f32vol", {"mode": "mirror"}, ndi.laplace(INPUTS["f32vol"], mode="mirror"), "scipy.ndimage.laplace", "float32", 1e-6)
case("laplace", "f64", {"axes": [1]}, ndi.laplace(INPUTS["f64"], axes=(1,)), "scipy.ndimage.laplace", None, 1e-12)
case("gaussianLaplace", "f32vol", {"sigma": [0.8, 1.5, 1], "mode": "nearest"}, ndi.gaussian_laplace(INPUTS["f32vol"], [0.8, 1.5, 1], mode="nearest"), "scipy.ndimage.gaussian_laplace", "float32", 1e-6)
case("gaussianGradientMagnitude", "f32vol", {"sigma": 1.3}, ndi.gaussian_gradient_magnitude(INPUTS["f32vol"], 1.3), "scipy.ndimage.gaussian_gradient_magnitude", "float32", 1e-6)
case("gaussianGradientMagnitude", "u8", {"sigma": [2, 1], "mode": "constant", "cval": 9}, ndi.gaussian_gradient_magnitude(INPUTS["u8"].astype(float), [2, 1], mode="constant", cval=9), "scipy.ndimage.gaussian_gradient_magnitude", "float32", 1e-4)
case("uniform", "u16", {"size": [4, 5], "origin": [1, -2]}, ndi.uniform_filter(INPUTS["u16"].astype(float), [4, 5], origin=[1, -2]), "scipy.ndimage.uniform_filter", "float32", 0.01)
case("uniform", "f64", {"size": 6, "mode": "wrap"}, ndi.uniform_filter(INPUTS["f64"], 6, mode="wrap"), "scipy.ndimage.uniform_filter", None, 1e-12)
case("thresholdLocal", "u8", {"blockSize": [5, 9], "method": "mean", "offset": 3.5}, filters.threshold_local(INPUTS["u8"], (5, 9), method="mean", offset=3.5), "skimage.filters.threshold_local", "float32", 1e-4)
case("thresholdLocal", "f64", {"blockSize": 7, "mode": "constant", "cval": 0.5}, filters.threshold_local(INPUTS["f64"], 7, mode="constant", cval=0.5), "skimage.filters.threshold_local", None, 1e-12)
case("thresholdLocal", "i16", {"blockSize": [3, 5], "method": "median", "offset": -2}, filters.threshold_local(INPUTS["i16"], (3, 5), method="median", offset=-2), "skimage.filters.threshold_local", "float32")

for kernel in ("correlate", "convolve"):
    of = getattr(ndi, kernel)
    case(kernel, "u8", {"weights": W2, "mode": "constant", "cval": 7}, of(INPUTS["u8"].astype(float), W2, mode="constant", cval=7), f"scipy.ndimage.{kernel}", "float32", 1e-3)
    case(kernel, "f32vol", {"weights": W3, "origin": [0, -1, 0]}, of(INPUTS["f32vol"], W3, origin=[0, -1, 0]), f"scipy.ndimage.{kernel}", "float32", 1e-6)
    case(kernel, "f32vol", {"weights": [[1, 2, 3], [0, 0, 1]], "axes": [0, 2], "mode": "mirror"}, of(INPUTS["f32vol"], [[1, 2, 3], [0, 0, 1]], axes=(0, 2), mode="mirror"), f"scipy.ndimage.{kernel}", "float32", 1e-6)
    case(kernel, "f64", {"weights": W2, "origin": [1, 1], "mode": "wrap"}, of(INPUTS["f64"], W2, origin=[1, 1], mode="wrap"), f"scipy.ndimage.{kernel}", None, 1e-12)

case("differenceOfGaussians", "u8", {"lowSigma": 1}, filters.difference_of_gaussians(INPUTS["u8"], 1), "skimage.filters.difference_of_gaussians", "float32", 1e-6)
case("differenceOfGaussians", "i16", {"lowSigma": [1, 0.5], "highSigma": 2, "mode": "reflect", "truncate": 3}, filters.difference_of_gaussians(INPUTS["i16"], [1, 0.5], [2, 2], mode="reflect", truncate=3), "skimage.filters.difference_of_gaussians", "float32", 1e-6)
case("unsharpMask", "u8", {"radius": 2, "amount": 1.5}, filters.unsharp_mask(INPUTS["u8"], 2, 1.5), "skimage.filters.unsharp_mask", "float32", 1e-6)
case("unsharpMask", "i16", {"radius": 1}, filters.unsharp_mask(INPUTS["i16"], 1), "skimage.filters.unsharp_mask", "float32", 1e-6)
case("unsharpMask", "f32", {"radius": 1.5, "amount": 3}, filters.unsharp_mask(INPUTS["f32"], 1.5, 3), "skimage.filters.unsharp_mask", "float32", 1e-6)
case("unsharpMask", "u16", {"radius": 2, "preserveRange": True}, filters.unsharp_mask(INPUTS["u16"], 2, preserve_range=True), "skimage.filters.unsharp_mask", "float32", 0.05)
case("rollingBall", "u8", {"radius": 7}, restoration.rolling_ball(INPUTS["u8"], radius=7), "skimage.restoration.rolling_ball")
case("rollingBall", "f32", {"radius": 4.5}, restoration.rolling_ball(INPUTS["f32"], radius=4.5), "skimage.restoration.rolling_ball")
case("rollingBall", "i8vol", {"radius": 3}, restoration.rolling_ball(INPUTS["i8vol"], radius=3), "skimage.restoration.rolling_ball")

case("canny", "u8", {"lowThreshold": 15, "highThreshold": 60}, feature.canny(INPUTS["u8"], low_threshold=15, high_threshold=60), "skimage.feature.canny", mismatch=0.002)
case("canny", "u16", {"sigma": 1.5, "mode": "reflect"}, feature.canny(INPUTS["u16"], 1.5, mode="reflect"), "skimage.feature.canny", mismatch=0.002)
case("canny", "f32", {"sigma": 2, "useQuantiles": True, "lowThreshold": 0.6, "highThreshold": 0.85}, feature.canny(INPUTS["f32"], 2, use_quantiles=True, low_threshold=0.6, high_threshold=0.85), "skimage.feature.canny", mismatch=0.002)
case("canny", "f64", {"mode": "constant", "cval": 0.5, "sigma": [1, 2]}, feature.canny(INPUTS["f64"], [1, 2], mode="constant", cval=0.5), "skimage.feature.canny", mismatch=0.002)

GAUSS = np.exp(-0.5 * np.arange(-4, 5) ** 2)
GAUSS = np.outer(GAUSS, GAUSS) / GAUSS.sum() ** 2
case("richardsonLucy", "f32", {"sigma": 1, "numIter": 8}, restoration.richardson_lucy(INPUTS["f32"], GAUSS, 8), "skimage.restoration.richardson_lucy", atol=2e-5)
case("richardsonLucy", "f64", {"psf": PSF.tolist(), "numIter": 3, "clip": False}, restoration.richardson_lucy(INPUTS["f64"], PSF, 3, clip=False), "skimage.restoration.richardson_lucy", atol=1e-9)
case("richardsonLucy", "f32", {"psf": PSF.tolist(), "numIter": 6, "filterEpsilon": 0.2}, restoration.richardson_lucy(INPUTS["f32"], PSF, 6, filter_epsilon=0.2), "skimage.restoration.richardson_lucy", atol=2e-5, mismatch=0.01)

for name in ("u8", "u16", "f32"):
    x = INPUTS[name]
    for gamma, gain in ((0.5, 1), (2.2, 0.8)):
        case("adjustGamma", name, {"gamma": gamma, "gain": gain}, exposure.adjust_gamma(x, gamma, gain), "skimage.exposure.adjust_gamma", rtol=1e-6)
    case("adjustLog", name, {"gain": 0.9}, exposure.adjust_log(x, 0.9), "skimage.exposure.adjust_log", rtol=1e-6)
    case("adjustLog", name, {"inv": True}, exposure.adjust_log(x, inv=True), "skimage.exposure.adjust_log", rtol=1e-6)
    case("adjustSigmoid", name, {"cutoff": 0.4, "gain": 7}, exposure.adjust_sigmoid(x, 0.4, 7), "skimage.exposure.adjust_sigmoid", rtol=1e-6)
    case("adjustSigmoid", name, {"inv": True}, exposure.adjust_sigmoid(x, inv=True), "skimage.exposure.adjust_sigmoid", rtol=1e-6)
for name in ("u8", "i16", "f64"):
    case("invert", name, {}, util.invert(INPUTS[name]), "skimage.util.invert", rtol=0)
case("invert", "f64", {"signedFloat": True}, util.invert(INPUTS["f64"], signed_float=True), "skimage.util.invert", rtol=0)

for name in ("u8", "u16", "i16", "f32", "f64"):
    x = INPUTS[name]
    narrow = None if name == "f64" else "float32"
    case("equalizeHist", name, {}, exposure.equalize_hist(x), "skimage.exposure.equalize_hist", narrow, 1e-6)
    case("equalizeAdapthist", name, {}, exposure.equalize_adapthist(x), "skimage.exposure.equalize_adapthist", narrow, 2e-6)
case("equalizeHist", "f32", {"nbins": 17}, exposure.equalize_hist(INPUTS["f32"], 17), "skimage.exposure.equalize_hist", None, 1e-6)
case("equalizeAdapthist", "u8", {"kernelSize": [11, 50], "clipLimit": 0.05, "nbins": 100}, exposure.equalize_adapthist(INPUTS["u8"], (11, 50), 0.05, 100), "skimage.exposure.equalize_adapthist", "float32", 2e-6)
case("equalizeAdapthist", "f32vol", {"kernelSize": [3, 5, 4], "clipLimit": 0.2}, exposure.equalize_adapthist(INPUTS["f32vol"], (3, 5, 4), 0.2), "skimage.exposure.equalize_adapthist", "float32", 2e-6)

for name, x in INPUTS.items():
    save(f"filters/{name}", x)
index = dict(
    versions=dict(numpy=np.__version__, scipy=scipy.__version__, skimage=skimage.__version__),
    cases=CASES,
)
(here / "filters.json").write_text(json.dumps(index, indent=1) + "\n")
