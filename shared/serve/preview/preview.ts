import type { ArrayNode } from "../../array/nodes.ts";
import { type Json, LamellaError, toLamellaError } from "../../errors.ts";
import { openInputs, outputRequests } from "../../pipeline/build.ts";
import { parsePipeline, parsePipelineText } from "../../pipeline/parse.ts";
import type { PipelineDocument } from "../../pipeline/request.ts";
import { projectedPeaks } from "../../plan/budget.ts";
import { compile } from "../../plan/compile.ts";
import { estimateCost } from "../../plan/cost.ts";
import { type Answer, jsonAnswer, refusal } from "../http/answer.ts";
import { EventHub } from "../http/event-hub.ts";
import type { LocalRequest, LocalServer } from "../http/server.ts";
import { newTaskPool, type ServeOptions } from "../on-demand/served-pipeline.ts";
import { type Control, controlsOf, recordOf } from "./controls.ts";
import { levelsOfInputs } from "./input-levels.ts";
import type { PreviewCost, PreviewDocument, PreviewFailure, PreviewProgress } from "./protocol.ts";
import { makeRevision, type Revision, type RevisionSource } from "./revision.ts";
import { readValues, type Values, withValues } from "./values.ts";
import { digestOf, writeNumbers } from "./write-values.ts";

/** A pipeline, and the text of its file where values can be written into that. */
export interface PreviewSource extends PipelineDocument {
  readonly set?: { readonly [name: string]: Json };
  readonly file?: { readonly path: string; readonly text: string };
}

export interface PreviewOptions extends Pick<ServeOptions, "workers" | "memoryMiB"> {}

/**
 * Serves the preview of a pipeline below a local server, as protocol.ts says: `api/pipeline`, `api/pipeline/values`, `api/pipeline/write`, `api/pipeline/cost`,
 * `api/pipeline/events` and `rev/`. The page is mounted by who calls it. Throws what compiling the pipeline does.
 */
export async function mountPreview(
  server: LocalServer,
  source: PreviewSource,
  options: PreviewOptions = {},
): Promise<{ close(): Promise<void> }> {
  const preview = await Preview.open(source, options);
  server.mount("api/pipeline", {
    answer: ({ key }) => (key === "" ? jsonAnswer(preview.document()) : undefined),
  });
  server.mount("api/pipeline/values", {
    takesPost: true,
    answer: (request) => posted(request, (body) => preview.change(body, request.signal)),
  });
  server.mount("api/pipeline/write", {
    takesPost: true,
    answer: (request) => posted(request, (body) => preview.write(body)),
  });
  server.mount("api/pipeline/cost", {
    answer: async ({ key }) => (key === "" ? jsonAnswer(await preview.cost()) : undefined),
  });
  server.mount("api/pipeline/events", preview.hub);
  server.mount("rev", { answer: (request) => preview.object(request) });
  return { close: () => preview.close() };
}

async function posted(
  request: LocalRequest,
  act: (body: unknown) => Promise<unknown>,
): Promise<Answer | undefined> {
  if (request.key !== "") return undefined;
  if (request.method !== "POST") return { ...refusal(405, "only POST"), headers: { Allow: "POST" } };
  return jsonAnswer(await act(await request.json()));
}

class Preview {
  readonly hub: EventHub;
  readonly #source: PreviewSource;
  readonly #options: PreviewOptions;
  readonly #pool;
  readonly #levels: RevisionSource["levels"];
  readonly #inputs: ReadonlyMap<string, ArrayNode>;
  /** The document with the parameters that were set. */
  readonly #set: unknown;
  #controls: readonly Control[] = [];
  #values: Values = new Map();
  #digest: string;
  #current: Revision | undefined;
  readonly #retiring = new Set<Promise<void>>();
  #count = 0;
  /** Revisions are made one after another. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(
    source: PreviewSource,
    options: PreviewOptions,
    inputs: ReadonlyMap<string, ArrayNode>,
    levels: RevisionSource["levels"],
  ) {
    this.#source = source;
    this.#options = options;
    this.#inputs = inputs;
    this.#levels = levels;
    this.#pool = newTaskPool(options.workers);
    this.#digest = digestOf(source.file?.text ?? "");
    this.#set = withParams(source.document, source.set ?? {});
    this.hub = new EventHub({ greet: () => [{ name: "revision", value: { revision: this.#current?.id } }] });
  }

  static async open(source: PreviewSource, options: PreviewOptions): Promise<Preview> {
    const pipeline = parsePipeline(source.document, source.set ?? {}, source.where);
    const inputs = await openInputs(pipeline, source.base);
    const preview = new Preview(source, options, inputs, await levelsOfInputs(inputs));
    try {
      const first = await preview.#make(preview.#set);
      preview.#current = first;
      const params = recordOf(recordOf(preview.#set)["params"]) as { readonly [name: string]: Json };
      preview.#controls = controlsOf(source.document, params, first.nodes);
      preview.#values = new Map(preview.#controls.map((control) => [control.id, control.valueInFile]));
      return preview;
    } catch (error) {
      await preview.close();
      throw error;
    }
  }

  document(): PreviewDocument {
    const controls = this.#controls.map(({ path: _, ...control }) => ({
      ...control,
      value: this.#values.get(control.id)!,
    }));
    return {
      file: this.#source.where,
      revision: this.#current!.id,
      steps: this.#current!.steps,
      controls,
      isChanged: controls.some(({ value, valueInFile }) => value !== valueInFile),
      isWritable: this.#source.file !== undefined,
    };
  }

  /** Takes other values; what is computed for the values before is cancelled. Where they can't be, those stay. */
  change(body: unknown, signal: AbortSignal): Promise<PreviewDocument> {
    return this.#inTurn(async () => {
      // A control that moves fast: its next value waits already.
      signal.throwIfAborted();
      const values = readValues(body, this.#controls, this.#values);
      const before = this.#current;
      const next = await this.#make(withValues(this.#set, this.#controls, values));
      this.#current = next;
      this.#values = values;
      if (before) this.#retire(before);
      this.hub.send("revision", { revision: next.id });
      return this.document();
    });
  }

  /** Writes the values into the file. Throws INPUT_CHANGED where they aren't the last, or the file is another now. */
  write(body: unknown): Promise<{ readonly file: string; readonly written: readonly string[] }> {
    return this.#inTurn(async () => {
      const { file } = this.#source;
      if (!file) {
        throw new LamellaError("INVALID_ARGUMENT", `${this.#source.where} can't be written to`, {
          hint: "Values go into YAML and JSON files on this computer.",
        });
      }
      const { revision } = recordOf(body);
      if (revision !== this.#current!.id) {
        throw new LamellaError("INPUT_CHANGED", `revision ${String(revision)} isn't the last one`, {
          hint: `The last one is ${this.#current!.id}.`,
        });
      }
      const changed = this.#controls.filter(({ id, valueInFile }) => this.#values.get(id) !== valueInFile);
      const places = new Map(
        changed.map(({ id, path }) => [path.join("\0"), { path, value: this.#values.get(id)! }]),
      );
      const text = await writeNumbers(file.path, this.#digest, [...places.values()]);
      this.#digest = digestOf(text);
      this.#controls = this.#controls.map((control) => ({
        ...control,
        valueInFile: this.#values.get(control.id)!,
      }));
      return { file: file.path, written: changed.map(({ id }) => id) };
    });
  }

  async cost(): Promise<PreviewCost> {
    const { id, pipeline, nodes } = this.#current!;
    const { base, where } = this.#source;
    const { workers, memoryMiB } = this.#options;
    const plan = await compile(outputRequests(pipeline, nodes, base, where), {
      budget: {
        ...(workers === undefined ? {} : { workers }),
        ...(memoryMiB === undefined ? {} : { memoryMiB }),
      },
    });
    const sum = (of: (stage: (typeof plan.stages)[number]) => number) =>
      plan.stages.reduce((n, stage) => n + of(stage), 0);
    const { usd, wallSeconds } = estimateCost(plan);
    return {
      revision: id,
      stages: plan.stages.length,
      tasks: sum((stage) => stage.tasks),
      bytesRead: sum(({ estimate }) => estimate.bytesRead),
      bytesWritten: sum(({ estimate }) => estimate.bytesWritten),
      cpuSeconds: sum(({ estimate }) => estimate.cpuSeconds),
      workers: plan.budget.workers,
      projectedMiB: Math.ceil(Math.max(0, ...projectedPeaks(plan.stages, plan.budget.workers)) / 2 ** 20),
      aws: { usd, seconds: wallSeconds },
    };
  }

  /** `REVISION/STEP.zarr/KEY`. */
  async object(request: LocalRequest): Promise<Answer | undefined> {
    const [id, folder = "", ...key] = request.key.split("/");
    const revision = this.#current!;
    if (id !== revision.id)
      return refusal(Number(id) > 0 && Number(id) <= this.#count ? 410 : 404, "this revision is gone");
    const mount = revision.mounts.get(folder);
    if (!mount) return undefined;
    try {
      return await mount.answer({ ...request, key: key.join("/") });
    } catch (thrown) {
      if (this.#current !== revision) return refusal(410, "this revision is gone");
      const error = toLamellaError(thrown);
      if (!request.signal.aborted && error.code !== "CANCELLED") {
        const { code, message, hint } = error.toJSON();
        const step = revision.steps.find(({ zarr }) => zarr?.endsWith(`/${folder}`))?.name ?? folder;
        this.hub.send("failed", {
          revision: revision.id,
          step,
          level: Number(key[0]) || 0,
          error: { code, message, hint },
        } satisfies PreviewFailure);
      }
      throw thrown;
    }
  }

  async close(): Promise<void> {
    await this.#last.catch(() => {});
    if (this.#current) this.#retire(this.#current);
    await this.#pool.close();
    await Promise.all(this.#retiring);
  }

  /** Ends a revision without waiting for tasks that are slow to end. */
  #retire(revision: Revision): void {
    const retiring = revision
      .close()
      .catch(() => {})
      .finally(() => this.#retiring.delete(retiring));
    this.#retiring.add(retiring);
  }

  #make(document: unknown): Promise<Revision> {
    const id = String(++this.#count);
    const { base, where } = this.#source;
    const source = { document, base, where, inputs: this.#inputs, levels: this.#levels };
    return makeRevision(id, source, {
      ...this.#options,
      pool: this.#pool,
      onProgress: (progress) =>
        this.hub.send("progress", { revision: id, ...progress } satisfies PreviewProgress),
    });
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#last.catch(() => {}).then(act);
    this.#last = turn;
    turn.catch(() => {});
    return turn;
  }
}

/** The document with other values of its parameters. */
function withParams(document: unknown, set: { readonly [name: string]: Json }): unknown {
  const written = recordOf(document);
  return Object.keys(set).length === 0
    ? written
    : { ...written, params: { ...recordOf(written["params"]), ...set } };
}

/** The source of a file on this computer that values can be written into: its text, and what that says. */
export function fileSource(
  file: string,
  text: string,
  source: Omit<PipelineDocument, "document">,
): PreviewSource {
  return { ...source, document: parsePipelineText(text, file), file: { path: file, text } };
}
