/** What a new pipeline file holds: it finds the objects of an image and measures them. Runs as it is on any image. */
export interface PipelineTemplate {
  /** Of the JSON Schema, from the file. */
  readonly schema: string;
  /** The file's own name, for its commands. */
  readonly file: string;
  /** The input as a pipeline writes it: { zarr: image.zarr }. */
  readonly input: string;
  /** The outputs' places, as YAML writes them. */
  readonly labels: string;
  readonly table: string;
}

export function pipelineText({ schema, file, input, labels, table }: PipelineTemplate): string {
  return `# yaml-language-server: $schema=${schema}
# lamella plan ${file}    what it would take: nothing is computed yet
# lamella run ${file}     computes it; --set sigma=2 takes another value of params, --overwrite replaces outputs
version: 1

params: { sigma: 1.5, smallest: 20 }

inputs:
  image: ${input}

# Each step reads inputs or steps before it. \`lamella kernels\` lists what mapBlocks and mapOverlap can do.
steps:
  smooth:  { op: mapOverlap, in: image, kernel: gaussian, args: { sigma: "\${sigma}" }, depth: 6, boundary: reflect }
  bright:  { op: thresholdOtsu, in: smooth }
  cleaned: { op: removeSmall, in: bright, minSize: "\${smallest}" }
  objects: { op: label, in: cleaned }
  table:   { op: measure, in: objects, image: image }

outputs:
  objects: { zarr: ${labels}, pyramid: { method: mode } }
  table:   { csv: ${table} }
`;
}
