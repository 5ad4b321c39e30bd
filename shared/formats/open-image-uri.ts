import { formatUri, openObject, parseUri } from "../storage/uri.ts";
import type { ObjectStore } from "../storage/store.ts";
import type { ImageFile } from "./image.ts";
import { openImage } from "./open-image.ts";

/** Opens an image file by its URI; `wrap` may put a store (one that counts, say) around the one it is read from. */
export async function openImageFile(
  uri: string,
  options: { readonly base?: string; readonly wrap?: (store: ObjectStore) => ObjectStore } = {},
): Promise<ImageFile> {
  const { component: _, ...location } = parseUri(uri, options.base);
  const { store, key } = await openObject(location);
  return openImage({ store: options.wrap ? options.wrap(store) : store, key, uri: formatUri(location) });
}
