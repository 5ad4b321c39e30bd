import type { DType } from "../../block/dtype.ts";

/**
 * The dtype that samples of `bits` bits and SampleFormat `format` are read as: tifffile's choice. One bit is bool,
 * other odd widths go to the next wider integer, 24-bit floats to float32. Undefined where there is none
 * (complex numbers, floats of other widths, integers of 33 to 63 bits).
 */
export function sampleDType(bits: number, format: number): DType | undefined {
  switch (format) {
    case 1:
    case 4: // "undefined" data: unsigned integers, as tifffile has it
      if (bits === 1) return "bool";
      if (bits >= 2 && bits <= 8) return "uint8";
      if (bits > 8 && bits <= 16) return "uint16";
      if (bits > 16 && bits <= 32) return "uint32";
      return bits === 64 ? "uint64" : undefined;
    case 2:
      if (bits === 8) return "int8";
      if (bits === 16) return "int16";
      if (bits === 32) return "int32";
      return bits === 64 ? "int64" : undefined;
    case 3:
      if (bits === 16) return "float16";
      if (bits === 24 || bits === 32) return "float32";
      return bits === 64 ? "float64" : undefined;
    default:
      return undefined;
  }
}

export function sampleFormatName(format: number): string {
  const names = ["", "unsigned", "signed", "floating point", "untyped", "complex integer", "complex"];
  return names[format] ?? `SampleFormat ${format}`;
}
