const PAGE_TYPES: { readonly [suffix: string]: string } = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  mjs: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  json: "application/json",
  map: "application/json",
  svg: "image/svg+xml",
  png: "image/png",
  ico: "image/x-icon",
  wasm: "application/wasm",
  woff2: "font/woff2",
  txt: "text/plain; charset=utf-8",
};

/** The type of a file of a page of ours, by its name. */
export function pageType(key: string): string {
  return PAGE_TYPES[/\.([a-z0-9]+)$/i.exec(key)?.[1]?.toLowerCase() ?? ""] ?? "application/octet-stream";
}

/** The type of an object of a store: what it holds comes from anyone, so nothing that a browser would run or draw. */
export function dataType(key: string): string {
  return /(?:^|\/)(?:\.z(?:array|attrs|group|metadata)|[^/]*\.json)$/.test(key)
    ? "application/json"
    : "application/octet-stream";
}
