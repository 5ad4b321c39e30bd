// Flooding from markers in the order of the image's values: Meyer, "Color image segmentation", 1992, with scikit-image's
// rules for ties. What waits is a binary heap of (value, age, index), the least first; of equal value the older, and of
// equal age (the markers) as the heap happens to have them, so its steps are those of scikit-image's.

/** The heap: n values (f64), n ages (u32), n indexes (u32). */
let values: usize = 0;
let ages: usize = 0;
let indexes: usize = 0;
let items: usize = 0;

/**
 * Floods `out` (integers of `size` bytes, 0 but at the markers) within `mask` (u8; 0: everywhere). `dims` are the i32 sizes of
 * the `axes` axes; `steps` has a record of i32 for each neighbour: its distance in elements, then the step along each axis.
 */
export function watershedFlood(
  image: usize, out: usize, size: i32, mask: usize, n: usize,
  axes: i32, dims: usize, steps: usize, stepCount: i32, heap: usize,
): void {
  values = heap;
  ages = heap + 8 * n;
  indexes = heap + 12 * n;
  items = 0;
  if (size == 1) flood<u8>(image, out, mask, n, axes, dims, steps, stepCount);
  else if (size == 2) flood<u16>(image, out, mask, n, axes, dims, steps, stepCount);
  else if (size == 4) flood<u32>(image, out, mask, n, axes, dims, steps, stepCount);
  else flood<u64>(image, out, mask, n, axes, dims, steps, stepCount);
}

function flood<T>(
  image: usize, out: usize, mask: usize, n: usize, axes: i32, dims: usize, steps: usize, stepCount: i32,
): void {
  const record: usize = 4 + 4 * <usize>axes;
  for (let i: usize = 0; i < n; i++) {
    const place = out + i * sizeof<T>();
    if (load<T>(place) == 0) continue;
    if (mask && !load<u8>(mask + i)) store<T>(place, 0);
    else push(load<f64>(image + i * 8), 0, <u32>i);
  }
  let age: u32 = 1;
  while (items > 0) {
    const index = load<u32>(indexes);
    const value = load<f64>(values);
    pop();
    const label = load<T>(out + <usize>index * sizeof<T>());
    for (let s = 0; s < stepCount; s++) {
      const step = steps + <usize>s * record;
      if (!isInside(index, axes, dims, step + 4)) continue;
      const next = <usize>(<i32>index + load<i32>(step));
      if (mask && !load<u8>(mask + next)) continue;
      const place = out + next * sizeof<T>();
      if (load<T>(place) != 0) continue;
      store<T>(place, label);
      age++;
      const own = load<f64>(image + next * 8);
      // Going on costs no less than coming here.
      push(own < value ? value : own, age, <u32>next);
    }
  }
}

function isInside(index: u32, axes: i32, dims: usize, step: usize): bool {
  let rest = index;
  for (let axis = axes - 1; axis >= 0; axis--) {
    const n = load<u32>(dims + 4 * <usize>axis);
    // Before 0 it wraps round to far above.
    if ((rest % n) + load<u32>(step + 4 * <usize>axis) >= n) return false;
    rest /= n;
  }
  return true;
}

@inline
function isLess(a: usize, b: usize): bool {
  const x = load<f64>(values + 8 * a);
  const y = load<f64>(values + 8 * b);
  return x != y ? x < y : load<u32>(ages + 4 * a) < load<u32>(ages + 4 * b);
}

@inline
function swap(a: usize, b: usize): void {
  const value = load<f64>(values + 8 * a);
  store<f64>(values + 8 * a, load<f64>(values + 8 * b));
  store<f64>(values + 8 * b, value);
  const age = load<u32>(ages + 4 * a);
  store<u32>(ages + 4 * a, load<u32>(ages + 4 * b));
  store<u32>(ages + 4 * b, age);
  const index = load<u32>(indexes + 4 * a);
  store<u32>(indexes + 4 * a, load<u32>(indexes + 4 * b));
  store<u32>(indexes + 4 * b, index);
}

function push(value: f64, age: u32, index: u32): void {
  let child = items++;
  store<f64>(values + 8 * child, value);
  store<u32>(ages + 4 * child, age);
  store<u32>(indexes + 4 * child, index);
  while (child > 0) {
    const parent = (child - 1) >> 1;
    if (!isLess(child, parent)) return;
    swap(child, parent);
    child = parent;
  }
}

/** Removes the first. */
function pop(): void {
  items--;
  if (items == 0) return;
  swap(0, items);
  for (let at: usize = 0; ; ) {
    const left: usize = 2 * at + 1;
    const right = left + 1;
    let least = at;
    if (left < items && isLess(left, least)) least = left;
    if (right < items && isLess(right, least)) least = right;
    if (least == at) return;
    swap(at, least);
    at = least;
  }
}
