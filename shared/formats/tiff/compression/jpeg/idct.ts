/** Constants of libjpeg's accurate integer transform (jidctint.c), in 13 fractional bits. */
const C0_298 = 2446;
const C0_390 = 3196;
const C0_541 = 4433;
const C0_765 = 6270;
const C0_899 = 7373;
const C1_175 = 9633;
const C1_501 = 12299;
const C1_847 = 15137;
const C1_961 = 16069;
const C2_053 = 16819;
const C2_562 = 20995;
const C3_072 = 25172;

const work = new Int32Array(64);

/**
 * Inverse DCT of a dequantised block in natural order, clamped to 0..255 around 128 and stored at `at` of a plane
 * of `stride` columns. The algorithm of Loeffler, Ligtenberg and Moschytz (1989) with libjpeg's roundings, so that
 * results equal those of libjpeg and libjpeg-turbo.
 */
export function inverseDct(block: Int32Array, plane: Uint8Array, at: number, stride: number): void {
  for (let i = 0; i < 8; i++) transform(block, i, 8, work, i, 8, 11);
  for (let i = 0; i < 8; i++) {
    transform(work, i * 8, 1, work, i * 8, 1, 18);
    const to = at + i * stride;
    for (let j = 0; j < 8; j++) {
      const value = work[i * 8 + j]! + 128;
      plane[to + j] = Math.min(Math.max(value, 0), 255);
    }
  }
}

/** One pass over eight values, rounding `shift` bits away. */
function transform(
  input: Int32Array,
  from: number,
  step: number,
  output: Int32Array,
  to: number,
  toStep: number,
  shift: number,
): void {
  const i0 = input[from]!;
  const i1 = input[from + step]!;
  const i2 = input[from + 2 * step]!;
  const i3 = input[from + 3 * step]!;
  const i4 = input[from + 4 * step]!;
  const i5 = input[from + 5 * step]!;
  const i6 = input[from + 6 * step]!;
  const i7 = input[from + 7 * step]!;
  const round = 1 << (shift - 1);

  const e = Math.imul(i2 + i6, C0_541);
  const even2 = e - Math.imul(i6, C1_847);
  const even3 = e + Math.imul(i2, C0_765);
  const even0 = (i0 + i4) << 13;
  const even1 = (i0 - i4) << 13;
  const a0 = even0 + even3 + round;
  const a3 = even0 - even3 + round;
  const a1 = even1 + even2 + round;
  const a2 = even1 - even2 + round;

  const z5 = Math.imul(i7 + i3 + i5 + i1, C1_175);
  const z1 = -Math.imul(i7 + i1, C0_899);
  const z2 = -Math.imul(i5 + i3, C2_562);
  const z3 = z5 - Math.imul(i7 + i3, C1_961);
  const z4 = z5 - Math.imul(i5 + i1, C0_390);
  const b0 = Math.imul(i7, C0_298) + z1 + z3;
  const b1 = Math.imul(i5, C2_053) + z2 + z4;
  const b2 = Math.imul(i3, C3_072) + z2 + z3;
  const b3 = Math.imul(i1, C1_501) + z1 + z4;

  output[to] = (a0 + b3) >> shift;
  output[to + toStep] = (a1 + b2) >> shift;
  output[to + 2 * toStep] = (a2 + b1) >> shift;
  output[to + 3 * toStep] = (a3 + b0) >> shift;
  output[to + 4 * toStep] = (a3 - b0) >> shift;
  output[to + 5 * toStep] = (a2 - b1) >> shift;
  output[to + 6 * toStep] = (a1 - b2) >> shift;
  output[to + 7 * toStep] = (a0 - b3) >> shift;
}
