/** What is used of the decoder's module in @jsquash/webp. */
interface Libwebp {
  decode(bytes: Uint8Array): { readonly data: Uint8ClampedArray } | null;
}

let loading: Promise<Libwebp> | undefined;

/** The pixels of a WebP file as RGBA. Throws an Error where it does not decode. */
export async function decodeRgba(bytes: Uint8Array): Promise<Uint8Array> {
  loading ??= load();
  const held = loading;
  try {
    const image = (await held).decode(bytes);
    if (!image) throw new Error("libwebp cannot decode it");
    return new Uint8Array(image.data.buffer, image.data.byteOffset, image.data.length);
  } catch (error) {
    // After a trap the module's memory may be damaged.
    if (loading === held) loading = undefined;
    throw error;
  }
}

async function load(): Promise<Libwebp> {
  const [{ default: factory }, { WASM_BASE64 }] = await Promise.all([
    import("@jsquash/webp/codec/dec/webp_dec.js"),
    import("../wasm/webp.generated.ts"),
  ]);
  const quiet = (): void => {};
  return (factory as unknown as (options: object) => Promise<Libwebp>)({
    noInitialRun: true,
    wasmBinary: Buffer.from(WASM_BASE64, "base64"),
    print: quiet,
    printErr: quiet,
  });
}
