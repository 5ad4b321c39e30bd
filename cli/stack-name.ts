import { DEFAULT_STACK } from "../shared/engine/aws/stack.ts";

/** The name that `--stack` or LAMELLA_STACK gives. */
export function stackNameOf(stack: string | undefined): string {
  return stack ?? process.env["LAMELLA_STACK"] ?? DEFAULT_STACK;
}
