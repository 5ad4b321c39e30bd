// Flooding from markers in the order of the image's values: Meyer, "Color image segmentation", 1992, with scikit-image's
// rules for ties. What waits is a binary heap of (value, age, index), the least first; of equal value the older, and of
// equal age (the markers) as the heap happens to have them, so its steps are those of scikit-image's. Values aren't in the
// heap: that of an element is what stands at its place in `levels`, where the element gets it once, when it is reached.

/** The heap: n times an index (u32) and an age (u32). */
let waiting: usize = 0;
let items: usize = 0;
let levels: usize = 0;

/**
 * Floods `out` (integers of `size` bytes, 0 but at the markers) within `mask` (u8; 0: everywhere). `image` (f32 or f64, by
 * `valueSize`) is overwritten with the levels of the water. `dims` are the i32 sizes of the `axes` axes; `steps` has a record of
 * i32 for each neighbour: its distance in elements, then the step along each axis. `heap` has 8 bytes for each of `n` elements.
 */
export function watershedFlood(
  image: usize, valueSize: i32, out: usize, size: i32, mask: usize, n: usize,
  axes: i32, dims: usize, steps: usize, stepCount: i32, heap: usize,
): void {
  levels = image;
  waiting = heap;
  items = 0;
  if (valueSize == 4) floodBy<f32>(out, size, mask, n, axes, dims, steps, stepCount);
  else floodBy<f64>(out, size, mask, n, axes, dims, steps, stepCount);
}

function floodBy<V>(
  out: usize, size: i32, mask: usize, n: usize, axes: i32, dims: usize, steps: usize, stepCount: i32,
): void {
  if (size == 1) flood<V, u8>(out, mask, n, axes, dims, steps, stepCount);
  else if (size == 2) flood<V, u16>(out, mask, n, axes, dims, steps, stepCount);
  else if (size == 4) flood<V, u32>(out, mask, n, axes, dims, steps, stepCount);
  else flood<V, u64>(out, mask, n, axes, dims, steps, stepCount);
}

function flood<V, T>(
  out: usize, mask: usize, n: usize, axes: i32, dims: usize, steps: usize, stepCount: i32,
): void {
  const record: usize = 4 + 4 * <usize>axes;
  for (let i: usize = 0; i < n; i++) {
    const place = out + i * sizeof<T>();
    if (load<T>(place) == 0) continue;
    if (mask && !load<u8>(mask + i)) store<T>(place, 0);
    else push<V>(<u32>i, 0);
  }
  let age: u32 = 1;
  while (items > 0) {
    const index = indexAt(0);
    const level = levelOf<V>(index);
    pop<V>();
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
      // Going on costs no less than coming here.
      const own = levels + next * sizeof<V>();
      if (load<V>(own) < level) store<V>(own, level);
      push<V>(<u32>next, age);
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

// @ts-ignore: decorator
@inline
function indexAt(at: usize): u32 {
  return load<u32>(waiting + 8 * at);
}

// @ts-ignore: decorator
@inline
function ageAt(at: usize): u32 {
  return load<u32>(waiting + 8 * at, 4);
}

// @ts-ignore: decorator
@inline
function levelOf<V>(index: u32): V {
  return load<V>(levels + <usize>index * sizeof<V>());
}

/** Whether one that waits, of this level and age, comes before another. */
// @ts-ignore: decorator
@inline
function isBefore<V>(x: V, age: u32, y: V, other: u32): bool {
  return x != y ? x < y : age < other;
}

// @ts-ignore: decorator
@inline
function put(at: usize, index: u32, age: u32): void {
  store<u32>(waiting + 8 * at, index);
  store<u32>(waiting + 8 * at, age, 4);
}

function push<V>(index: u32, age: u32): void {
  const level = levelOf<V>(index);
  let child = items++;
  while (child > 0) {
    const parent = (child - 1) >> 1;
    if (!isBefore<V>(level, age, levelOf<V>(indexAt(parent)), ageAt(parent))) break;
    put(child, indexAt(parent), ageAt(parent));
    child = parent;
  }
  put(child, index, age);
}

/** Removes the first: the last takes its place, and sinks. */
function pop<V>(): void {
  items--;
  if (items == 0) return;
  const index = indexAt(items);
  const age = ageAt(items);
  const level = levelOf<V>(index);
  let at: usize = 0;
  for (;;) {
    let least = at;
    let leastLevel = level;
    let leastAge = age;
    for (let child: usize = 2 * at + 1; child <= 2 * at + 2 && child < items; child++) {
      const childLevel = levelOf<V>(indexAt(child));
      if (!isBefore<V>(childLevel, ageAt(child), leastLevel, leastAge)) continue;
      least = child;
      leastLevel = childLevel;
      leastAge = ageAt(child);
    }
    if (least == at) break;
    put(at, indexAt(least), leastAge);
    at = least;
  }
  put(at, index, age);
}
