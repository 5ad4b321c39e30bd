import { LamellaError } from "../../errors.ts";
import { type OmeImage, parseOmeXml } from "../ome/model.ts";
import { localFile } from "./rewrite.ts";
import { runTool } from "./run-tool.ts";
import { type BioFormatsOptions, findDescriber } from "./tools.ts";

/**
 * What Bio-Formats says of an image, from its headers: OME-XML, and the images in it. Throws READER_NOT_FOUND,
 * READER_FAILED, NOT_FOUND, UNSUPPORTED_URI, OME_XML_INVALID.
 */
export async function describeWithBioFormats(
  src: string,
  options: BioFormatsOptions = {},
): Promise<{ readonly images: readonly OmeImage[]; readonly xml: string }> {
  const file = await localFile(src);
  const tool = findDescriber(options);
  const printed = await runTool(tool, ["-nopix", "-noflat", "-no-upgrade", "-omexml-only", file], {
    output: true,
  });
  // Warnings may come before it.
  const start = printed.search(/<\?xml|<(?:[\w.-]+:)?OME[\s>]/);
  if (start < 0) {
    throw new LamellaError("READER_FAILED", `${tool.name} printed no OME-XML for ${src}`, {
      hint: `Run \`${tool.name} -omexml-only\` on the file itself to see all that it says.`,
      details: { tool: tool.name },
    });
  }
  const end = printed.lastIndexOf(">") + 1;
  const xml = printed.slice(start, end);
  return { images: parseOmeXml(xml, src).images, xml };
}
