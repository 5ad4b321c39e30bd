import type { Json } from "../../errors.ts";
import { buildSteps, openInputs } from "../../pipeline/build.ts";
import { parsePipeline } from "../../pipeline/parse.ts";
import type { PipelineDocument } from "../../pipeline/request.ts";
import { servedRequests } from "../../pipeline/served-steps.ts";
import type { StoredArray } from "../../plan/schema.ts";
import { groupMetadataObjects } from "../../zarr/write.ts";
import { type Answer, jsonAnswer } from "../http/answer.ts";
import type { LocalServer } from "../http/server.ts";
import { consolidatedGroup, parsed, servedDocuments } from "./documents.ts";
import { imageMount } from "./image-mount.ts";
import { type ServedPipeline, type ServeOptions, servePipeline } from "./served-pipeline.ts";

/** What is at the root of the server, as `index.json`. */
export interface StepsIndex {
  /** The server's address, its token in it. */
  readonly url: string;
  readonly pipeline: string;
  readonly steps: readonly {
    readonly name: string;
    /** The base URL of its OME-Zarr (of its array, where it is no image). */
    readonly url: string;
    readonly kind: "image" | "labels" | "array";
    readonly shape: readonly number[];
    readonly dtype: string;
    readonly levels: number;
    /** Stages of whole-array results that its first chunk waits for. */
    readonly waitsFor: readonly string[];
  }[];
}

/**
 * Serves every input and step of a pipeline but tables below a local server: `STEP.zarr`, the index as `index.json`, and where all
 * are Zarr v3 a group of all of them at the root. Throws what compiling a pipeline does.
 */
export async function mountSteps(
  server: LocalServer,
  { document, base, where }: PipelineDocument,
  options: ServeOptions & { readonly set?: { readonly [name: string]: Json } } = {},
): Promise<{ readonly index: StepsIndex; close(): Promise<void> }> {
  const pipeline = parsePipeline(document, options.set ?? {}, where);
  const nodes = buildSteps(pipeline, await openInputs(pipeline, base), base, where);
  const requests = servedRequests(pipeline, nodes, base, where);
  const steps = await servePipeline([...requests.values()], options);
  const folders = foldersOf([...requests.keys()]);
  const index = indexOf(server.url, where, steps, folders);
  const root = rootGroup(steps, folders);
  for (const [name, folder] of folders)
    server.mount(folder, imageMount(steps, steps.served.images.get(name)!));
  server.mount("", {
    answer({ key }): Answer | undefined {
      if (key === "" || key === "index.json") return jsonAnswer(index);
      return key === "zarr.json" && root
        ? { status: 200, headers: { "Content-Type": "application/json" }, body: root }
        : undefined;
    },
  });
  return { index, close: () => steps.close() };
}

/** A folder for each step, named for it. */
function foldersOf(names: readonly string[]): Map<string, string> {
  const taken = new Set<string>();
  return new Map(
    names.map((name) => {
      const clean = name.replace(/[^\p{L}\p{N}_.-]+/gu, "-").replace(/^\.+/, "") || "step";
      let folder = `${clean}.zarr`;
      for (let i = 2; taken.has(folder); i++) folder = `${clean}-${i}.zarr`;
      taken.add(folder);
      return [name, folder];
    }),
  );
}

function indexOf(
  url: string,
  where: string,
  { served }: ServedPipeline,
  folders: ReadonlyMap<string, string>,
): StepsIndex {
  return {
    url,
    pipeline: where,
    steps: [...folders].map(([name, folder]) => {
      const { planned, levels } = served.images.get(name)!;
      const { spec } = served.plan.arrays[levels[0]!.array] as StoredArray;
      return {
        name,
        url: `${url}${encodeURIComponent(folder)}`,
        kind: planned.kind,
        shape: spec.shape,
        dtype: spec.dtype,
        levels: levels.length,
        waitsFor: levels[0]!.needs.map((stage) => served.plan.stages[stage]!.name),
      };
    }),
  };
}

/** A group of all steps, so that one address opens everything. */
function rootGroup({ served }: ServedPipeline, folders: ReadonlyMap<string, string>): Uint8Array | undefined {
  const metadata: { [path: string]: Json } = {};
  for (const [name, folder] of folders) {
    const documents = servedDocuments(served, served.images.get(name)!);
    if (!documents.has("zarr.json")) return undefined;
    for (const [key, bytes] of documents) {
      const { consolidated_metadata: _, ...document } = parsed(bytes);
      metadata[key === "zarr.json" ? folder : `${folder}/${key.replace(/\/zarr\.json$/, "")}`] = document;
    }
  }
  return consolidatedGroup(parsed(groupMetadataObjects(3, {})[0]!.bytes), metadata);
}
