import { type Json, LamellaError, toLamellaError } from "../shared/errors.ts";
import { pageMount } from "../shared/serve/http/page-mount.ts";
import { type LocalServer, startLocalServer } from "../shared/serve/http/server.ts";
import { FileStore } from "../shared/storage/file.ts";
import { OpenPictures, type Panel } from "../shared/view/open-pictures.ts";
import { viewMount } from "../shared/view/view-mount.ts";
import { checkFlags, type FlagRule } from "./flag-rules.ts";
import { untilInterrupted } from "./interrupt.ts";
import { openBrowser } from "./open-browser.ts";
import type { RunPlace } from "./run-choice.ts";
import { viewerPage } from "./viewer-page.ts";

export interface ViewFlags extends RunPlace {
  readonly run?: string;
  readonly pipeline?: string;
  readonly set?: { readonly [name: string]: Json };
  readonly workers?: number;
  readonly memory?: number;
  readonly port?: number;
  /** commander's form of --no-open. */
  readonly open: boolean;
  readonly json?: boolean;
}

/** What is shown: mounted on the server, and told to who asks for JSON. */
interface Shown {
  readonly facts: { readonly [key: string]: Json };
  mount(server: LocalServer): Promise<() => Promise<void>>;
}

/** Serves the page that shows images, or a pipeline's steps, until Ctrl-C. Throws before it serves what can't be opened. */
export async function viewHere(uris: readonly string[], flags: ViewFlags): Promise<void> {
  checkView(uris, flags);
  const shown =
    flags.pipeline === undefined ? await places(uris, flags) : await pipeline(flags.pipeline, flags);
  const page = await viewerPage();
  await untilInterrupted(async (signal) => {
    const server = await startLocalServer({
      signal,
      ...(flags.port === undefined ? {} : { port: flags.port }),
    });
    const close = await shown.mount(server);
    try {
      server.mount("", pageMount(new FileStore(page)));
      const isOpen = flags.open && openBrowser(server.url);
      const { url } = server;
      process.stdout.write(flags.json ? `${JSON.stringify({ url, ...shown.facts })}\n` : `${url}\n`);
      const how = isOpen ? "opened in the browser" : "open this address in a browser";
      process.stderr.write(`${how}; who knows it can see the images. Ctrl-C stops.\n`);
      await server.closed;
    } finally {
      await close();
      await server.close();
    }
  });
}

/** Where a run is kept says nothing of other images. */
const RULES: readonly FlagRule[] = ["on", "stack", "runs"].map((flag) => ({
  flag,
  needs: "run",
  hint: `Leave --${flag} out, or name a run: --run RUN.`,
}));

function checkView(uris: readonly string[], flags: ViewFlags): void {
  checkFlags(flags, RULES);
  const { pipeline, run, set, workers, memory } = flags;
  if (pipeline !== undefined && (uris.length > 0 || run !== undefined)) {
    throw new LamellaError("INVALID_ARGUMENT", "--pipeline shows a pipeline's own inputs and steps alone", {
      hint: "Leave out the other images, or view them in another window.",
    });
  }
  if (pipeline === undefined && (set ?? workers ?? memory) !== undefined) {
    throw new LamellaError("INVALID_ARGUMENT", "--set, --workers and --memory are for --pipeline FILE", {
      hint: "Images that are there are shown as they are: leave these options out, or name a pipeline.",
    });
  }
}

/** Images that are there, side by side. */
async function places(uris: readonly string[], flags: ViewFlags): Promise<Shown> {
  const named = uris.map((uri): Panel => ({ title: lastName(uri), uri }));
  const { panelsOfRun } = await import("./run-panels.ts");
  const panels = [...named, ...(flags.run === undefined ? [] : await panelsOfRun(flags.run, flags))];
  if (panels.length === 0) {
    throw new LamellaError("INVALID_ARGUMENT", "nothing to view was named", {
      hint: "Name an OME-Zarr, a run or a pipeline: lamella view image.ome.zarr, --run RUN, --pipeline FILE.",
    });
  }
  const pictures = new OpenPictures(panels);
  const opened = await Promise.allSettled(panels.map((_, i) => pictures.picture(String(i))));
  const failed = opened.flatMap((each, i) => (each.status === "rejected" ? [{ i, error: each.reason }] : []));
  // A run may have lost an input or an output since: the others are shown, and the page says what is wrong with this one.
  const first =
    failed.find(({ i }) => i < named.length) ?? (failed.length === panels.length ? failed[0] : undefined);
  if (first) throw first.error;
  for (const { i, error } of failed)
    process.stderr.write(`warning: ${panels[i]!.title} can't be shown: ${toLamellaError(error).message}\n`);
  return {
    facts: { panels: panels.map((panel) => ({ ...panel })) },
    mount: async (server) => {
      server.mount("api", viewMount(pictures));
      return async () => {};
    },
  };
}

/** A pipeline's inputs and steps, computed for the region that is looked at. */
async function pipeline(file: string, { set, workers, memory }: ViewFlags): Promise<Shown> {
  const [{ mountPreview }, { StepPictures }, { previewSource }] = await Promise.all([
    import("../shared/serve/preview/preview.ts"),
    import("../shared/view/step-pictures.ts"),
    import("./preview-source.ts"),
  ]);
  const source = await previewSource(file);
  return {
    facts: { pipeline: source.where },
    mount: async (server) => {
      const { close } = await mountPreview(
        server,
        { ...source, ...(set ? { set } : {}) },
        {
          ...(workers === undefined ? {} : { workers }),
          ...(memory === undefined ? {} : { memoryMiB: memory }),
        },
      );
      server.mount("api", viewMount(new StepPictures(server.url)));
      return close;
    },
  };
}

/** "cells.ome.zarr", with what is picked in it. */
function lastName(uri: string): string {
  const [place, component] = uri.split("#");
  const name = place!.replace(/\/+$/, "").split("/").at(-1) || uri;
  return component ? `${name}#${component}` : name;
}
