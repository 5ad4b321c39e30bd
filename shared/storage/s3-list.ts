import type { ListObjectsV2CommandOutput } from "@aws-sdk/client-s3";
import { compareKeys, isSafeKey } from "./key.ts";
import type { ObjectEntry } from "./store.ts";

export interface ListInput {
  readonly Prefix: string;
  readonly Delimiter?: string;
  readonly StartAfter?: string;
  readonly ContinuationToken?: string;
}

type ListPage = (input: ListInput) => Promise<ListObjectsV2CommandOutput>;

/**
 * All objects of a listing, page by page; `cut` characters are taken off each key. Left out: keys that
 * `checkKey` would refuse, such as the empty "folder/" objects that the S3 console makes.
 */
export async function* listObjects(
  from: ListInput,
  cut: number,
  listPage: ListPage,
): AsyncGenerator<ObjectEntry> {
  for await (const page of pages(from, listPage)) {
    for (const { Key, Size, ETag } of page.Contents ?? []) {
      const key = decoded(page, Key ?? "").slice(cut);
      if (isSafeKey(key)) yield { key, size: Size ?? 0, etag: (ETag ?? "").replaceAll('"', "") };
    }
  }
}

/** The names directly below a prefix that is "" or ends in "/". */
export async function listFolder(prefix: string, listPage: ListPage): Promise<string[]> {
  const names: string[] = [];
  for await (const page of pages({ Prefix: prefix, Delimiter: "/" }, listPage)) {
    for (const { Key } of page.Contents ?? []) names.push(decoded(page, Key ?? "").slice(prefix.length));
    for (const { Prefix } of page.CommonPrefixes ?? [])
      names.push(decoded(page, Prefix ?? "").slice(prefix.length));
  }
  return names.filter((name) => isSafeKey(name.endsWith("/") ? name.slice(0, -1) : name)).sort(compareKeys);
}

async function* pages(input: ListInput, listPage: ListPage) {
  let token: string | undefined;
  do {
    const page = await listPage(token === undefined ? input : { ...input, ContinuationToken: token });
    yield page;
    token = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
}

/** XML can't carry every key, so they are asked for URL-encoded, where S3 writes a space as "+". */
function decoded(page: ListObjectsV2CommandOutput, text: string): string {
  return page.EncodingType === "url" ? decodeURIComponent(text.replaceAll("+", " ")) : text;
}
