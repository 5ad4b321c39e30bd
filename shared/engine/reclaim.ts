import v8 from "node:v8";
import vm from "node:vm";

let collect: (() => void) | undefined;

/**
 * Collects garbage now. Chunk buffers live outside V8's heap, which therefore sees little reason to collect: without
 * this a worker's resident memory drifts far above what its tasks hold, and the projection would be of no use.
 */
export function reclaim(): void {
  if (!collect) {
    v8.setFlagsFromString("--expose-gc");
    collect = vm.runInNewContext("gc") as () => void;
  }
  collect();
}
