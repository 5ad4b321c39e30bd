import { type DType, isDType } from "../block/dtype.ts";
import { type CodecConfig, isBytesCodec } from "./codecs/chain.ts";
import { NUMPY_DTYPES } from "./numpy-dtypes.ts";

/**
 * numcodecs' filters in v3's terms, for an array of `dtype`. fixedscaleoffset is scale_offset, then a cast to the stored type, rounded half
 * to even; quantize loses what it loses when it is written, so that reading it is a cast alone; delta may be stored in another type.
 */
export function filterCodecs(filter: CodecConfig, dtype: DType): CodecConfig[] {
  const { name, configuration } = filter;
  const stored = dtypeOf(configuration["astype"]) ?? dtype;
  const cast: CodecConfig[] = stored === dtype ? [] : [castTo(stored)];
  switch (name) {
    case "numcodecs.fixedscaleoffset": {
      const { scale = 1, offset = 0 } = configuration;
      return [{ name: "scale_offset", configuration: { scale, offset } }, ...cast];
    }
    case "numcodecs.quantize":
      return cast;
    case "numcodecs.astype": {
      const encoded = dtypeOf(configuration["encode_dtype"]);
      return encoded === undefined || encoded === dtype ? [] : [castTo(encoded)];
    }
    case "numcodecs.delta":
      return [
        ...cast,
        {
          name,
          configuration: {
            ...configuration,
            dtype: configuration["astype"] ?? configuration["dtype"] ?? dtype,
          },
        },
      ];
    default:
      return [filter];
  }
}

function castTo(stored: DType): CodecConfig {
  return {
    name: "cast_value",
    configuration: { data_type: stored, rounding: "nearest-even", out_of_range: "wrap" },
  };
}

/** numpy's "<u2" or "uint16". */
function dtypeOf(value: unknown): DType | undefined {
  if (typeof value !== "string") return undefined;
  return isDType(value) ? value : NUMPY_DTYPES[value.replace(/^[<>|=]/, "")];
}

/**
 * v2's filters may work on bytes (checksums, compressors, packed bits), and stand after "bytes" then, as v3 has them. In v3 packed bits alone
 * are called an array's codec.
 */
export function bytesLast(codecs: readonly CodecConfig[], zarrFormat: 2 | 3): CodecConfig[] {
  const isMoved = (name: string) => (zarrFormat === 2 ? isBytesCodec(name) : name === "numcodecs.packbits");
  const at = codecs.findIndex(({ name }) => name === "bytes");
  let first = at;
  while (first > 0 && isMoved(codecs[first - 1]!.name)) first--;
  return at < 0
    ? [...codecs]
    : [...codecs.slice(0, first), codecs[at]!, ...codecs.slice(first, at), ...codecs.slice(at + 1)];
}
