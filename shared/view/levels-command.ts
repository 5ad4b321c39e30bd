import { quoted } from "../shell-quote.ts";

/** The command that adds coarser levels to a Zarr at a URI, or makes a copy with them where it can't be written to, or is no Zarr. */
export function levelsCommand(uri: string, canBeAdded: boolean): string {
  const place = quoted(uri.startsWith("file://") ? decoded(uri.slice("file://".length)) : uri);
  if (canBeAdded && /^(file|s3):/.test(uri)) return `lamella pyramid ${place}`;
  const name = decoded(uri.split("#")[0]!.replace(/\/+$/, "").split("/").at(-1)!);
  const stem = name.replace(/(\.ome)?\.[a-z0-9]+(\.zip)?$/i, "");
  // whoever stands beside the image would be told to write it over itself
  const copy = `${stem}.ome.zarr` === name ? `${stem}-levels.ome.zarr` : `${stem}.ome.zarr`;
  return `lamella convert ${place} ${quoted(copy)}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
