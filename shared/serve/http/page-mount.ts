import { createHash } from "node:crypto";
import type { ObjectStore } from "../../storage/store.ts";
import type { Answer } from "./answer.ts";
import { pageType } from "./content-type.ts";
import type { Mount } from "./server.ts";
import { objectAnswer } from "./store-mount.ts";

/** What pages of ours may do: their own files, WebAssembly, workers and images that they make; nothing from elsewhere. */
function policy(scripts: string): string {
  return [
    "default-src 'none'",
    `script-src ${scripts} 'wasm-unsafe-eval'`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self' data: blob:",
    "worker-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** Serves the files of a page of ours (a FileStore of its folder, or a MemoryStore); index.html where no name is given. */
export function pageMount(files: ObjectStore): Mount {
  return {
    async answer(request) {
      // Relative addresses in a page count from the last "/" of its own.
      if (request.key === "" && !request.isFolder)
        return { status: 308, headers: { Location: `${request.path}/${search(request.query)}` } };
      const key = request.key === "" ? "index.html" : request.key;
      const isFolder = request.key !== "" && request.isFolder;
      return objectAnswer(files, { ...request, key, isFolder }, pageType(key), {
        "Content-Security-Policy": policy("'self'"),
      });
    },
  };
}

function search(query: URLSearchParams): string {
  return query.size > 0 ? `?${query}` : "";
}

/** One page made here, whole in itself: of its inline scripts those that it was made with may run. */
export function htmlAnswer(html: string): Answer {
  const hashes = [...html.matchAll(/<script\b[^>]*>([\s\S]*?)<\/script>/gi)].map(
    ([, text]) => `'sha256-${createHash("sha256").update(text!).digest("base64")}'`,
  );
  return {
    status: 200,
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": policy(["'self'", ...hashes].join(" ")),
    },
    body: html,
  };
}
