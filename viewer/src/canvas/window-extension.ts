import { LayerExtension } from "@deck.gl/core";

/** Windows of any width: Viv's own are at least 0.0005 wide, too much for images of small floats. NaN is black. */
export class WindowExtension extends LayerExtension {
  static override extensionName = "WindowExtension";

  override getShaders(): unknown {
    return {
      inject: {
        "fs:DECKGL_PROCESS_INTENSITY": `
          float width = contrastLimits[1] - contrastLimits[0];
          intensity = isnan(intensity) ? 0. : clamp((intensity - contrastLimits[0]) / (width == 0. ? 1e-37 : width), 0., 1.);
        `,
      },
    };
  }
}
