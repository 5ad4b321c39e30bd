import { describe, expect, test } from "vitest";
import { z } from "zod";
import * as kernels from "../../shared/kernels/index.ts";
import { parameterNames } from "../../shared/kernels/kernel-call.ts";
import { allKernels, kernelNamed } from "../../shared/kernels/registry.ts";

test("the public names", () => {
  expect(Object.keys(kernels).sort()).toMatchInlineSnapshot(`
    [
      "adjustGamma",
      "adjustLog",
      "adjustSigmoid",
      "allKernels",
      "ball",
      "binaryClosing",
      "binaryDilation",
      "binaryErosion",
      "binaryOpening",
      "blackTophat",
      "canny",
      "closing",
      "convolve",
      "correlate",
      "cube",
      "diamond",
      "differenceOfGaussians",
      "dilation",
      "disk",
      "distancePass",
      "distanceTransformEdt",
      "equalizeAdapthist",
      "equalizeHist",
      "erosion",
      "expandLabels",
      "fillHoles",
      "gaussian",
      "gaussianGradientMagnitude",
      "gaussianLaplace",
      "generateBinaryStructure",
      "greyClosing",
      "greyDilation",
      "greyErosion",
      "greyOpening",
      "invert",
      "kernelNamed",
      "label",
      "laplace",
      "maximum",
      "median",
      "minimum",
      "octahedron",
      "opening",
      "percentile",
      "prewitt",
      "rank",
      "removeSmallHoles",
      "removeSmallObjects",
      "rescaleIntensity",
      "richardsonLucy",
      "rollingBall",
      "sobel",
      "square",
      "threshold",
      "thresholdLocal",
      "uniform",
      "unsharpMask",
      "whiteTophat",
    ]
  `);
});

describe("factories", () => {
  test("give frozen plain JSON, with defaults filled in", () => {
    const call = kernels.gaussian({ sigma: { x: 1, y: "0.5 um" } });
    expect(call).toEqual({
      kernel: "gaussian",
      args: { sigma: { x: 1, y: "0.5 um" }, order: 0, mode: "reflect", cval: 0 },
    });
    expect(JSON.parse(JSON.stringify(call))).toEqual(call);
    expect(Object.isFrozen(call) && Object.isFrozen(call.args) && Object.isFrozen(call.args["sigma"])).toBe(
      true,
    );
    expect(kernels.rescaleIntensity({ outRange: [0, 1] }).args).toEqual({
      inRange: "image",
      outRange: [0, 1],
    });
    expect(kernels.threshold({ above: 2n ** 60n + 1n }).args).toEqual({ above: "1152921504606846977" });
    expect(kernels.removeSmallObjects({ minSize: 50 })).toEqual({
      kernel: "removeSmallObjects",
      args: { minSize: 50, connectivity: 1 },
    });
    expect(kernels.label()).toEqual({ kernel: "label", args: { connectivity: 1 } });
  });

  test("leave the caller's object alone", () => {
    const sigma = [1, 2];
    kernels.gaussian({ sigma });
    expect(Object.isFrozen(sigma)).toBe(false);
  });

  test("refuse what the kernel does not know, with the nearest name", () => {
    const misspelt = { sigmas: 2, sigma: 1 };
    expect(() => kernels.gaussian(misspelt)).toThrow(
      expect.objectContaining({ code: "UNKNOWN_KEY", hint: 'Did you mean "sigma"?' }),
    );
    expect(() => kernels.label({ connectivity: 1.5 })).toThrow(
      expect.objectContaining({
        code: "INVALID_ARGS",
        details: { kernel: "label", parameter: "connectivity" },
      }),
    );
  });
});

describe("the registry", () => {
  test("finds every kernel, and the nearest name of a misspelt one", () => {
    for (const kernel of allKernels()) expect(kernelNamed(kernel.name)).toBe(kernel);
    expect(() => kernelNamed("gausian")).toThrow(
      expect.objectContaining({ code: "UNKNOWN_KERNEL", hint: 'Did you mean "gaussian"?' }),
    );
    expect(() => kernelNamed("remove_small_objects")).toThrow(
      expect.objectContaining({ code: "UNKNOWN_KERNEL", hint: 'Did you mean "removeSmallObjects"?' }),
    );
    expect(() => kernelNamed("constructor")).toThrow(expect.objectContaining({ code: "UNKNOWN_KERNEL" }));
  });

  test("every parameter has a description, and every schema a JSON form", () => {
    for (const kernel of allKernels()) {
      const schema = z.toJSONSchema(kernel.args, { io: "input" }) as {
        properties: { [name: string]: { description?: string } };
      };
      expect(Object.keys(schema.properties)).toEqual(parameterNames(kernel));
      for (const property of Object.values(schema.properties)) expect(property.description).toMatch(/./);
      for (const name of kernel.lengths) expect(parameterNames(kernel)).toContain(name);
    }
  });
});
