const ALIGN = 64;

/**
 * First fit over a sorted list of holes that coalesce when they are given back. Blocks are large and few, so the list stays
 * short. Deals in numbers only: the heap uses it for its memory, the planner for memory that isn't there, so that a
 * projection has the same holes as the run.
 */
export class FreeList {
  readonly #holes: { ptr: number; bytes: number }[] = [];
  #end: number;
  #high: number;

  constructor(start = 0) {
    this.#end = start === 0 ? 0 : aligned(start);
    this.#high = this.#end;
  }

  /** The first address beyond all that is taken, and the largest that it has been. */
  get end(): number {
    return this.#end;
  }

  get high(): number {
    return this.#high;
  }

  /** `bytes` must be aligned. */
  take(bytes: number): number {
    for (let i = 0; i < this.#holes.length; i++) {
      const hole = this.#holes[i]!;
      if (hole.bytes < bytes) continue;
      const ptr = hole.ptr;
      if (hole.bytes === bytes) this.#holes.splice(i, 1);
      else this.#holes[i] = { ptr: ptr + bytes, bytes: hole.bytes - bytes };
      return ptr;
    }
    const ptr = this.#end;
    this.#end += bytes;
    this.#high = Math.max(this.#high, this.#end);
    return ptr;
  }

  give(ptr: number, bytes: number): void {
    let at = this.#holes.findIndex((hole) => hole.ptr > ptr);
    if (at < 0) at = this.#holes.length;
    this.#holes.splice(at, 0, { ptr, bytes });
    const next = this.#holes[at + 1];
    if (next && ptr + bytes === next.ptr) this.#holes.splice(at, 2, { ptr, bytes: bytes + next.bytes });
    const previous = this.#holes[at - 1];
    const here = this.#holes[at]!;
    if (previous && previous.ptr + previous.bytes === here.ptr) {
      this.#holes.splice(at - 1, 2, { ptr: previous.ptr, bytes: previous.bytes + here.bytes });
    }
    const last = this.#holes.at(-1);
    if (last && last.ptr + last.bytes === this.#end) {
      this.#end = last.ptr;
      this.#holes.pop();
    }
  }
}

/** Bytes as blocks take them: whole cache lines, at least one. */
export function aligned(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / ALIGN)) * ALIGN;
}
