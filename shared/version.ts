import manifest from "../package.json" with { type: "json" };

/** Lamella's own version, as in package.json. */
export const LAMELLA_VERSION: string = manifest.version;
