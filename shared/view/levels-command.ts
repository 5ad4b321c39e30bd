/** The command that adds coarser levels to a Zarr at a URI, or makes a copy with them where it can't be written to, or is no Zarr. */
export function levelsCommand(uri: string, canBeAdded: boolean): string {
  const place = quoted(uri.startsWith("file://") ? decoded(uri.slice("file://".length)) : uri);
  if (canBeAdded && /^(file|s3):/.test(uri)) return `lamella pyramid ${place}`;
  const name = uri.split("#")[0]!.replace(/\/+$/, "").split("/").at(-1)!;
  const stem = decoded(name).replace(/(\.ome)?\.[a-z0-9]+(\.zip)?$/i, "");
  return `lamella convert ${place} ${quoted(`${stem}.ome.zarr`)}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** As a shell takes it. */
function quoted(text: string): string {
  return /^[\w./:#@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
