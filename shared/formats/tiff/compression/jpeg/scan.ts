import { BitReader, type HuffmanTable } from "./bits.ts";
import { type Component, type Frame, type Tables, ZIGZAG } from "./frame.ts";
import { inverseDct } from "./idct.ts";

interface ScanPart {
  readonly component: Component;
  readonly dc: HuffmanTable | undefined;
  readonly ac: HuffmanTable | undefined;
}

/**
 * Decodes the scan whose header is `header` and whose data starts at `at`: sequential scans straight to samples,
 * progressive ones into coefficients (T.81, annexes F.2 and G.2). Returns where its data ends.
 */
export function decodeScan(
  frame: Frame,
  tables: Tables,
  header: Uint8Array,
  bytes: Uint8Array,
  at: number,
): number {
  const count = header[0]!;
  if (count < 1 || count > 4 || header.length < 4 + 2 * count)
    throw new Error("a JPEG scan header is damaged");
  const parts: ScanPart[] = Array.from({ length: count }, (_, i) => {
    const component = frame.components.find(({ id }) => id === header[1 + 2 * i]);
    if (!component) throw new Error("a JPEG scan names no component of the frame");
    const selector = header[2 + 2 * i]!;
    return { component, dc: tables.dc[selector >> 4], ac: tables.ac[selector & 15] };
  });
  const [first, last, approximation] = [
    header[1 + 2 * count]!,
    header[2 + 2 * count]!,
    header[3 + 2 * count]!,
  ];
  const bits = new BitReader(bytes, at);
  const decodeBlock = frame.progressive
    ? progressiveDecoder(bits, first, last, approximation >> 4, approximation & 15)
    : sequentialDecoder(bits, tables);

  const single = count === 1 ? parts[0]!.component : undefined;
  const wide = single ? single.blocksWide : frame.mcusWide;
  const units = wide * (single ? single.blocksHigh : frame.mcusHigh);
  for (const { component } of parts) component.prediction = 0;
  for (let unit = 0; unit < units; unit++) {
    if (tables.restartInterval > 0 && unit > 0 && unit % tables.restartInterval === 0) {
      bits.restart();
      decodeBlock.restart();
      for (const { component } of parts) component.prediction = 0;
    }
    const row = Math.floor(unit / wide);
    const column = unit % wide;
    if (single) {
      decodeBlock(parts[0]!, row, column);
      continue;
    }
    for (const part of parts) {
      const { h, v } = part.component;
      for (let y = 0; y < v; y++) {
        for (let x = 0; x < h; x++) decodeBlock(part, row * v + y, column * h + x);
      }
    }
  }
  return bits.at;
}

interface BlockDecoder {
  (part: ScanPart, row: number, column: number): void;
  restart(): void;
}

function table(found: HuffmanTable | undefined): HuffmanTable {
  if (!found) throw new Error("a JPEG scan uses a Huffman table that is not there");
  return found;
}

function sequentialDecoder(bits: BitReader, tables: Tables): BlockDecoder {
  const block = new Int32Array(64);
  const decode = ({ component, dc, ac }: ScanPart, row: number, column: number): void => {
    const quantization = tables.quantization[component.quantization];
    if (!quantization) throw new Error("a JPEG quantization table is not there");
    const acTable = table(ac);
    block.fill(0);
    component.prediction += bits.signed(checkSize(table(dc).decode(bits)));
    block[0] = component.prediction * quantization[0]!;
    for (let k = 1; k < 64; k++) {
      const symbol = acTable.decode(bits);
      const size = symbol & 15;
      if (size === 0) {
        if (symbol !== 0xf0) break;
        k += 15;
        continue;
      }
      k += symbol >> 4;
      if (k > 63) throw new Error("a JPEG block has too many coefficients");
      const place = ZIGZAG[k]!;
      block[place] = bits.signed(size) * quantization[place]!;
    }
    inverseDct(block, component.plane, (row * component.stride + column) * 8, component.stride);
  };
  return Object.assign(decode, { restart: () => undefined });
}

function progressiveDecoder(
  bits: BitReader,
  first: number,
  last: number,
  high: number,
  low: number,
): BlockDecoder {
  if (last > 63 || first > last || (first === 0 && last !== 0) || low > 13) {
    throw new Error("a JPEG progressive scan is damaged");
  }
  let endOfBand = 0;
  const place = ({ component }: ScanPart, row: number, column: number): Int16Array => {
    const at = (row * (component.stride / 8) + column) * 64;
    return component.coefficients!.subarray(at, at + 64);
  };

  const dcFirst = (part: ScanPart, row: number, column: number): void => {
    const { component } = part;
    component.prediction += bits.signed(checkSize(table(part.dc).decode(bits)));
    place(part, row, column)[0] = component.prediction << low;
  };
  const dcRefine = (part: ScanPart, row: number, column: number): void => {
    if (bits.take(1)) place(part, row, column)[0]! |= 1 << low;
  };
  const acFirst = (part: ScanPart, row: number, column: number): void => {
    if (endOfBand > 0) {
      endOfBand--;
      return;
    }
    const block = place(part, row, column);
    const ac = table(part.ac);
    for (let k = first; k <= last; k++) {
      const symbol = ac.decode(bits);
      const run = symbol >> 4;
      const size = symbol & 15;
      if (size === 0) {
        if (run < 15) {
          endOfBand = (1 << run) - 1 + (run > 0 ? bits.take(run) : 0);
          break;
        }
        k += 15;
        continue;
      }
      k += run;
      if (k > 63) throw new Error("a JPEG block has too many coefficients");
      block[ZIGZAG[k]!] = bits.signed(size) * (1 << low);
    }
  };
  const acRefine = (part: ScanPart, row: number, column: number): void => {
    const block = place(part, row, column);
    const ac = table(part.ac);
    const step = 1 << low;
    const refine = (at: number): void => {
      if (bits.take(1) && (block[at]! & step) === 0) block[at]! += block[at]! > 0 ? step : -step;
    };
    let k = first;
    while (endOfBand === 0 && k <= last) {
      const symbol = ac.decode(bits);
      let run = symbol >> 4;
      let value = 0;
      if ((symbol & 15) === 0) {
        if (run < 15) {
          endOfBand = (1 << run) + (run > 0 ? bits.take(run) : 0);
          break;
        }
      } else {
        value = bits.take(1) ? step : -step;
      }
      // Coefficients that have a value already are refined on the way, and don't count into the run.
      for (; k <= last; k++) {
        const at = ZIGZAG[k]!;
        if (block[at] !== 0) {
          refine(at);
        } else if (run === 0) {
          if (value !== 0) block[at] = value;
          k++;
          break;
        } else {
          run--;
        }
      }
    }
    if (endOfBand > 0) {
      for (; k <= last; k++) {
        if (block[ZIGZAG[k]!] !== 0) refine(ZIGZAG[k]!);
      }
      endOfBand--;
    }
  };
  const decode = first === 0 ? (high === 0 ? dcFirst : dcRefine) : high === 0 ? acFirst : acRefine;
  const restart = (): void => {
    endOfBand = 0;
  };
  // The function itself would be shared between decoders, were it not made here.
  return Object.assign((part: ScanPart, row: number, column: number): void => decode(part, row, column), {
    restart,
  });
}

/** The samples of a progressive image, once all its scans are in. */
export function finishProgressive(frame: Frame, tables: Tables): void {
  const block = new Int32Array(64);
  for (const component of frame.components) {
    const quantization = tables.quantization[component.quantization];
    if (!quantization) throw new Error("a JPEG quantization table is not there");
    const { stride, plane, coefficients } = component;
    const wide = stride / 8;
    const blocks = coefficients!.length / 64;
    for (let i = 0; i < blocks; i++) {
      for (let k = 0; k < 64; k++) block[k] = coefficients![i * 64 + k]! * quantization[k]!;
      inverseDct(block, plane, (Math.floor(i / wide) * stride + (i % wide)) * 8, stride);
    }
  }
}

/** DC differences of 8-bit images have at most 11 bits; 16 is what can be taken at once. */
function checkSize(size: number): number {
  if (size > 15) throw new Error("a JPEG DC difference is too large");
  return size;
}
