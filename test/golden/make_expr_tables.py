"""Makes data/expr-dtypes.json and data/expr-values.json with numpy 2.4: what expressions must give.

python make_expr_tables.py
"""

import json
import pathlib
import warnings

import numpy as np

warnings.simplefilter("ignore")
HERE = pathlib.Path(__file__).parent / "data"
DTYPES = "bool int8 uint8 int16 uint16 int32 uint32 int64 uint64 float16 float32 float64".split()
WEAK = {"2": 2, "0.5": 0.5, "300": 300, "-1": -1, "1e300": 1e300, str(2**70): 2**70}
NAMES = {
    "min": np.minimum, "max": np.maximum, "where": np.where, "clip": np.clip, "abs": np.abs, "sign": np.sign,
    "land": np.logical_and, "lnot": np.logical_not, "arctan2": np.arctan2, "hypot": np.hypot, "power": np.power,
    "floor": np.floor, "ceil": np.ceil, "round": np.round, "isnan": np.isnan, "isinf": np.isinf,
    "isfinite": np.isfinite, "sqrt": np.sqrt, "exp": np.exp, "log": np.log, "log2": np.log2, "log10": np.log10,
    "log1p": np.log1p, "expm1": np.expm1, "exp2": np.exp2, "sin": np.sin, "cos": np.cos, "tan": np.tan,
    "tanh": np.tanh, "inf": np.inf, "nan": np.nan, **{name: getattr(np, name) for name in DTYPES},
}
# Ours, and numpy's where it is written differently.
BINARY = [
    ("a + b",), ("a - b",), ("a * b",), ("a / b",), ("a // b",), ("a % b",), ("a ** b",), ("a < b",), ("a == b",),
    ("a & b",), ("a and b", "land(a, b)"), ("min(a, b)",), ("arctan2(a, b)",),
    ("where(c, a, b)",),
]
UNARY = ["-a", "+a", "~a", "abs(a)", "sqrt(a)", "exp(a)", "floor(a)", "round(a)", "sign(a)", "isnan(a)", "isfinite(a)", "a ** 2", "a ** 3", "clip(a, -1, 300)"]
UNARY = [(u,) for u in UNARY] + [("not a", "lnot(a)")]


def evaluate(text, **names):
    return eval(text, {**NAMES, **names})


def code(text, **names):
    """numpy's one-character code of the result's dtype, or ! where numpy refuses."""
    try:
        return evaluate(text, **names).dtype.char.replace("l", "q").replace("L", "Q")
    except (TypeError, OverflowError, ValueError):
        # Of bool and a number beyond 64 bits numpy makes objects, and gives up; the answer is plain.
        return "?" if "<" in text or "==" in text or "land" in text else "!"


def operand(name):
    return WEAK[name] if name in WEAK else np.ones(3, name)


def cell(case, a, b):
    # Two plain numbers are Python's business, not numpy's.
    if a in WEAK and b in WEAK:
        return " "
    names = {"a": operand(a), "b": operand(b), "c": np.ones(3, bool)}
    # numpy.where wraps a plain number that does not fit; here it is refused, as everywhere else.
    if case[0].startswith("where") and code("min(a, b)", **names) == "!":
        return "!"
    return code(case[-1], **names)


def dtypes():
    operands = DTYPES + list(WEAK)
    binary, unary = {}, {}
    for case in BINARY:
        rows = []
        for a in operands:
            rows.append("".join(cell(case, a, b) for b in operands))
        binary[case[0]] = rows
    for case in UNARY:
        unary[case[0]] = "".join(code(case[-1], a=operand(a)) for a in DTYPES)
    return {"numpy": np.__version__, "operands": operands, "binary": binary, "unary": unary}


def samples(dtype, seed):
    rng = np.random.default_rng(seed)
    if dtype == "bool":
        return rng.integers(0, 2, 24).astype(bool)
    if dtype.startswith("float"):
        edges = [0.0, -0.0, 1, -1, 0.5, 1.5, 2.5, -2.5, 7, -7, 3, 65504, 1e-5, np.inf, -np.inf, np.nan]
        mixed = np.concatenate([edges, rng.normal(0, 5, 8)]).astype(dtype)
        return rng.permutation(mixed)
    info = np.iinfo(dtype)
    edges = [info.min, info.max, info.min + 1, info.max - 1, 0, 0, 1, 2, 3, 7, info.max // 2]
    edges += [-1, -2, -7] if info.min < 0 else [5, 6, 100]
    return rng.permutation(np.array(edges + [int(x) for x in rng.integers(0, 100, 10)], dtype))


def plain(array):
    if array.dtype.kind == "f":
        return ["nan" if np.isnan(x) else "inf" if x == np.inf else "-inf" if x == -np.inf else float(x) for x in array]
    if array.dtype.itemsize == 8:
        return [str(x) for x in array]
    return [int(x) for x in array]


# Exact everywhere: no transcendental function.
EXACT = [
    ("a + b",), ("a - b",), ("a * b",), ("a / b",), ("a // b",), ("a % b",), ("a < b",), ("a <= b",), ("a > b",), ("a >= b",),
    ("a == b",), ("a != b",), ("min(a, b)",), ("max(a, b)",), ("where(a, b, a)",), ("a and b", "land(a, b)"),
]
PAIRS = [("int8", "int8"), ("uint8", "uint8"), ("int16", "int16"), ("uint16", "uint16"), ("int32", "int32"), ("uint32", "uint32"),
         ("int64", "int64"), ("uint64", "uint64"), ("float16", "float16"), ("float32", "float32"), ("float64", "float64"),
         ("int64", "uint64"), ("uint64", "int8"), ("uint8", "int16"), ("int32", "float32"), ("uint16", "float16"), ("bool", "uint8"),
         ("float16", "float32"), ("int16", "uint16")]
SINGLE = ["-a", "abs(a)", "floor(a)", "ceil(a)", "round(a)", "sign(a)", "sqrt(a)", "isnan(a)", "isinf(a)", "isfinite(a)", "a ** 2",
          "a < 300", "a == -1", "a > 0.5", "clip(a, -3, 300)", "a % 3", "a // 3", "a + 1", "a / 3", "a * 0.5"]
CLOSE = ["exp(a)", "log(a)", "log2(a)", "log10(a)", "log1p(a)", "expm1(a)", "exp2(a)", "sin(a)", "cos(a)", "tan(a)", "tanh(a)", "a ** 0.7",
         "a ** 3", "hypot(a, b)", "arctan2(a, b)", "a ** b"]


def values():
    cases = []

    def add(case, compare, **names):
        try:
            result = evaluate(case[-1], **names)
        except (TypeError, OverflowError, ValueError):
            return
        dtypes = {name: str(array.dtype) for name, array in names.items()}
        cases.append({"expr": case[0], "in": dtypes, "dtype": str(result.dtype), "compare": compare, "out": plain(result)})

    inputs = {("a", d): samples(d, 1) for d in DTYPES} | {("b", d): samples(d, 2) for d in DTYPES}
    for case in EXACT:
        for a, b in PAIRS:
            add(case, "exact", a=inputs["a", a], b=inputs["b", b])
    for text in SINGLE:
        for d in DTYPES[1:]:
            add((text,), "exact", a=inputs["a", d])
    for text in CLOSE:
        for d in ["uint8", "uint16", "float16", "float32", "float64"]:
            names = {"a": inputs["a", d]} | ({"b": inputs["b", d]} if "b" in text.replace("abs", "") else {})
            add((text,), "close", **names)
    return {"numpy": np.__version__, "inputs": {f"{n} {d}": plain(v) for (n, d), v in inputs.items()}, "cases": cases}


(HERE / "expr-dtypes.json").write_text(json.dumps(dtypes(), indent=1) + "\n")
made = values()
lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in made["cases"])
(HERE / "expr-values.json").write_text(
    '{"numpy": %s, "inputs": %s,\n"cases": [\n%s\n]}\n' % (json.dumps(made["numpy"]), json.dumps(made["inputs"]), lines)
)
