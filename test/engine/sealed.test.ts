import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seal, sealOf, unseal } from "../../shared/engine/sealed.ts";

const DOCUMENT = { version: 1, start: 0, end: 19, objects: [["out", "c/0/0", 1234, "89abcdef"]], name: "µ" };

describe("a sealed document", () => {
  it.each([undefined, 1])(
    "is JSON with a checksum, which opening takes for granted (indent %s)",
    (indent) => {
      const bytes = seal(DOCUMENT, indent);
      expect(sealOf(bytes)).toBe("whole");
      expect(unseal(bytes)).toEqual({ ...DOCUMENT, crc32: expect.stringMatching(/^[0-9a-f]{8}$/) });
      expect(JSON.parse(Buffer.from(bytes).toString())).toMatchObject(DOCUMENT);
    },
  );

  it("never opens as another after a bit has flipped, or bytes are gone", () => {
    const bytes = seal(DOCUMENT, 1);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(7), (at, bit) => {
        const damaged = new Uint8Array(bytes);
        damaged[at]! ^= 1 << bit;
        const opened = unseal<object>(damaged);
        if (opened) expect(opened).toMatchObject(DOCUMENT);
        expect(unseal(bytes.subarray(0, Math.min(at, bytes.length - 2)))).toBeUndefined();
      }),
    );
  });

  it("is told from one that never had a seal", () => {
    const plain = new TextEncoder().encode(`${JSON.stringify(DOCUMENT)}\n`);
    expect(sealOf(plain)).toBe("absent");
    expect(unseal(plain)).toBeUndefined();
  });

  it("opens without what an array at its top holds, whatever strings say", () => {
    const text = fc.oneof(fc.string(), fc.constantFrom('"],"objects":[', "]]", '\\"', "[", "\\"));
    const objects = fc.array(fc.tuple(text, text, fc.nat(), text));
    fc.assert(
      fc.property(fc.array(text), objects, fc.dictionary(fc.string(), text), (ranges, held, statistics) => {
        const document = { version: 1, ranges, objects: held, end: 7, statistics };
        const { crc32: _, ...opened } = unseal<Record<string, unknown>>(seal(document), "objects")!;
        expect(opened).toEqual(JSON.parse(JSON.stringify({ ...document, objects: [] })));
      }),
    );
    expect(unseal(seal(DOCUMENT), "elsewhere")).toMatchObject(DOCUMENT);
  });
});
