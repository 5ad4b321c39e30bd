/** Files that threads begin with, which lie beside what starts them: the name of the bundle, and its source. */
export const THREADS: { readonly [name: string]: string };

/** Packages that are left out of bundles: they are found in node_modules, beside what is published. */
export function externals(root: string): string[];

/** Bundles what is published, where a source is newer than it; `out` is `dist` by default. */
export function buildDist(root: string, out?: string): Promise<void>;
