// Mode and median of four or eight integers, lane by lane. Votes are counted as comparisons give them: -1 for each equal
// element. Only later elements are counted: a value's first one then has all its votes, and the others can't beat it.

/** Whether v, with its votes, beats the best so far: more votes, or as many and a smaller value. S is T's signed twin. */
@inline
function beats<T, S>(v: v128, votes: v128, best: v128, most: v128): v128 {
  return v128.or(v128.lt<S>(votes, most), v128.and(v128.eq<T>(votes, most), v128.lt<T>(v, best)));
}

@inline
export function modeOf4<T, S>(a: v128, b: v128, c: v128, d: v128): v128 {
  let best = a;
  let most = v128.eq<T>(a, b);
  most = v128.add<T>(most, v128.eq<T>(a, c));
  most = v128.add<T>(most, v128.eq<T>(a, d));
  let votes = v128.eq<T>(b, c);
  votes = v128.add<T>(votes, v128.eq<T>(b, d));
  best = v128.bitselect(b, best, beats<T, S>(b, votes, best, most));
  most = v128.min<S>(votes, most);
  votes = v128.eq<T>(c, d);
  best = v128.bitselect(c, best, beats<T, S>(c, votes, best, most));
  most = v128.min<S>(votes, most);
  return v128.bitselect(d, best, beats<T, S>(d, i64x2.splat(0), best, most));
}

@inline
export function modeOf8<T, S>(a: v128, b: v128, c: v128, d: v128, e: v128, f: v128, g: v128, h: v128): v128 {
  let best = a;
  let most = v128.eq<T>(a, b);
  most = v128.add<T>(most, v128.eq<T>(a, c));
  most = v128.add<T>(most, v128.eq<T>(a, d));
  most = v128.add<T>(most, v128.eq<T>(a, e));
  most = v128.add<T>(most, v128.eq<T>(a, f));
  most = v128.add<T>(most, v128.eq<T>(a, g));
  most = v128.add<T>(most, v128.eq<T>(a, h));
  let votes = v128.eq<T>(b, c);
  votes = v128.add<T>(votes, v128.eq<T>(b, d));
  votes = v128.add<T>(votes, v128.eq<T>(b, e));
  votes = v128.add<T>(votes, v128.eq<T>(b, f));
  votes = v128.add<T>(votes, v128.eq<T>(b, g));
  votes = v128.add<T>(votes, v128.eq<T>(b, h));
  best = v128.bitselect(b, best, beats<T, S>(b, votes, best, most));
  most = v128.min<S>(votes, most);
  votes = v128.eq<T>(c, d);
  votes = v128.add<T>(votes, v128.eq<T>(c, e));
  votes = v128.add<T>(votes, v128.eq<T>(c, f));
  votes = v128.add<T>(votes, v128.eq<T>(c, g));
  votes = v128.add<T>(votes, v128.eq<T>(c, h));
  best = v128.bitselect(c, best, beats<T, S>(c, votes, best, most));
  most = v128.min<S>(votes, most);
  votes = v128.eq<T>(d, e);
  votes = v128.add<T>(votes, v128.eq<T>(d, f));
  votes = v128.add<T>(votes, v128.eq<T>(d, g));
  votes = v128.add<T>(votes, v128.eq<T>(d, h));
  best = v128.bitselect(d, best, beats<T, S>(d, votes, best, most));
  most = v128.min<S>(votes, most);
  votes = v128.eq<T>(e, f);
  votes = v128.add<T>(votes, v128.eq<T>(e, g));
  votes = v128.add<T>(votes, v128.eq<T>(e, h));
  best = v128.bitselect(e, best, beats<T, S>(e, votes, best, most));
  most = v128.min<S>(votes, most);
  votes = v128.eq<T>(f, g);
  votes = v128.add<T>(votes, v128.eq<T>(f, h));
  best = v128.bitselect(f, best, beats<T, S>(f, votes, best, most));
  most = v128.min<S>(votes, most);
  votes = v128.eq<T>(g, h);
  best = v128.bitselect(g, best, beats<T, S>(g, votes, best, most));
  most = v128.min<S>(votes, most);
  return v128.bitselect(h, best, beats<T, S>(h, i64x2.splat(0), best, most));
}

/** The mean of the middle two, half to even. */
@inline
export function medianOf4<T>(a: v128, b: v128, c: v128, d: v128): v128 {
  const lower = v128.max<T>(v128.min<T>(a, b), v128.min<T>(c, d));
  const upper = v128.min<T>(v128.max<T>(a, b), v128.max<T>(c, d));
  return meanEven<T>(lower, upper);
}

@inline
function meanEven<T>(lower: v128, upper: v128): v128 {
  const difference = v128.xor(lower, upper);
  const floor = v128.add<T>(v128.and(lower, upper), v128.shr<T>(difference, 1));
  const odd = v128.and(v128.and(floor, difference), v128.splat<T>(1));
  return v128.add<T>(floor, odd);
}

/** The same of eight: the comparators of Batcher's odd-even merge sort that the middle two depend on. */
@inline
export function medianOf8<T>(a: v128, b: v128, c: v128, d: v128, e: v128, f: v128, g: v128, h: v128): v128 {
  let t: v128;
  t = v128.min<T>(a, b);
  b = v128.max<T>(a, b);
  a = t;
  t = v128.min<T>(c, d);
  d = v128.max<T>(c, d);
  c = t;
  t = v128.min<T>(e, f);
  f = v128.max<T>(e, f);
  e = t;
  t = v128.min<T>(g, h);
  h = v128.max<T>(g, h);
  g = t;
  t = v128.min<T>(a, c);
  c = v128.max<T>(a, c);
  a = t;
  t = v128.min<T>(b, d);
  d = v128.max<T>(b, d);
  b = t;
  t = v128.min<T>(e, g);
  g = v128.max<T>(e, g);
  e = t;
  t = v128.min<T>(f, h);
  h = v128.max<T>(f, h);
  f = t;
  t = v128.min<T>(b, c);
  c = v128.max<T>(b, c);
  b = t;
  t = v128.min<T>(f, g);
  g = v128.max<T>(f, g);
  f = t;
  e = v128.max<T>(a, e);
  f = v128.max<T>(b, f);
  c = v128.min<T>(c, g);
  d = v128.min<T>(d, h);
  e = v128.max<T>(c, e);
  d = v128.min<T>(d, f);
  t = v128.min<T>(d, e);
  e = v128.max<T>(d, e);
  d = t;
  return meanEven<T>(d, e);
}
