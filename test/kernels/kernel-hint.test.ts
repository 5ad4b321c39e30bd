import { describe, expect, it } from "vitest";
import { kernelNamed } from "../../shared/kernels/registry.ts";

describe("a name that no kernel has", () => {
  it.each([
    ["gaussian_filter", 'Did you mean "gaussian"?'],
    ["medianFilter", 'Did you mean "median"?'],
    ["white_tophat", 'Did you mean "whiteTophat"?'],
    ["clahe", 'Did you mean "equalizeAdapthist"?'],
    ["gausian", 'Did you mean "gaussian"?'],
    ["threshold_otsu", "op: thresholdOtsu."],
    ["thresholdOtsu", "op: thresholdOtsu."],
    ["nothing at all", "Known: "],
  ])("%s is told %s", (name, hint) => {
    expect(() => kernelNamed(name)).toThrow(
      expect.objectContaining({ code: "UNKNOWN_KERNEL", hint: expect.stringContaining(hint) }),
    );
  });
});
