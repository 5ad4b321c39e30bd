import { LamellaError } from "../shared/errors.ts";

/** Node 24 brings native zstd and Float16Array; an older one would fail somewhere in the middle. */
export function requireNode(): void {
  const major = Number(process.versions.node.split(".")[0]);
  if (major >= 24) return;
  throw new LamellaError(
    "UNSUPPORTED_RUNTIME",
    `Lamella needs Node 24 or later; this is ${process.versions.node}`,
    {
      hint: "In a checkout, `npx lamella` uses the project's own Node; elsewhere install Node 24.",
    },
  );
}
