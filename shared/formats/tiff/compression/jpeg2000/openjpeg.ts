/** What is used of OpenJPEG's binding in @cornerstonejs/codec-openjpeg, which brings no types. */
interface Decoder {
  /** Views on the module's memory, which hold until it grows. */
  getEncodedBuffer(length: number): Uint8Array;
  getDecodedBuffer(): Uint8Array;
  decode(): void;
  delete(): void;
}

interface OpenJpeg {
  readonly J2KDecoder: new () => Decoder;
  readonly HEAPU8: Uint8Array;
}

/** A module whose memory has grown beyond this is let go: it never shrinks. */
const MAX_HELD_BYTES = 128 * 1024 * 1024;

let loading: Promise<OpenJpeg> | undefined;

/**
 * Runs `use` with the decoder, whose module is loaded when it is first asked for, and dropped where it failed (its
 * memory may be damaged) or has grown large. Throws an Error where the data does not decode.
 */
export async function withOpenJpeg<T>(use: (Decoder: OpenJpeg["J2KDecoder"]) => T): Promise<T> {
  loading ??= load();
  const held = loading;
  const drop = (): void => {
    if (loading === held) loading = undefined;
  };
  const module = await held.catch((error: unknown) => {
    drop();
    throw error;
  });
  try {
    const result = use(module.J2KDecoder);
    if (module.HEAPU8.length > MAX_HELD_BYTES) drop();
    return result;
  } catch (error) {
    drop();
    // C++ exceptions arrive as the number of their address.
    throw new Error("OpenJPEG cannot decode it", { cause: error });
  }
}

async function load(): Promise<OpenJpeg> {
  const [{ default: factory }, { WASM_BASE64 }] = await Promise.all([
    import("@cornerstonejs/codec-openjpeg/decodewasmjs"),
    import("../wasm/openjpeg.generated.ts"),
  ]);
  const quiet = (): void => {};
  return (factory as (options: object) => Promise<OpenJpeg>)({
    wasmBinary: Buffer.from(WASM_BASE64, "base64"),
    print: quiet,
    printErr: quiet,
  });
}
