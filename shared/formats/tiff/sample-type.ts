import type { DType } from "../../block/dtype.ts";

/**
 * The dtype that samples of `bits` bits and SampleFormat `format` are read as: tifffile's choice where it has one.
 * One unsigned bit is bool, other odd widths go to the next wider integer, 24-bit floats to float32. Undefined where
 * there is none (complex numbers, floats of other widths, integers of more than 64 bits).
 */
export function sampleDType(bits: number, format: number): DType | undefined {
  switch (format) {
    case 1:
    case 4: // "undefined" data: unsigned integers, as tifffile has it
      return bits === 1 ? "bool" : (["uint8", "uint16", "uint32", "uint64"] as const)[widthOf(bits)];
    case 2:
      return (["int8", "int16", "int32", "int64"] as const)[widthOf(bits)];
    case 3:
      if (bits === 16) return "float16";
      if (bits === 24 || bits === 32) return "float32";
      return bits === 64 ? "float64" : undefined;
    default:
      return undefined;
  }
}

/** Which of 8, 16, 32 and 64 bits hold so many. */
function widthOf(bits: number): number {
  return bits < 1 ? -1 : [8, 16, 32, 64].findIndex((width) => bits <= width);
}

export function sampleFormatName(format: number): string {
  const names = ["", "unsigned", "signed", "floating point", "untyped", "complex integer", "complex"];
  return names[format] ?? `SampleFormat ${format}`;
}
