/** Least common multiple, cut at `n` (the whole axis). */
export function lcmWithin(a: number, b: number, n: number): number {
  const whole = Math.max(1, n);
  if (a >= whole || b >= whole) return whole;
  return Math.min(whole, (a / gcd(a, b)) * b);
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
