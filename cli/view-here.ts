import { LamellaError } from "../shared/errors.ts";
import { pageMount } from "../shared/serve/http/page-mount.ts";
import { startLocalServer } from "../shared/serve/http/server.ts";
import { FileStore } from "../shared/storage/file.ts";
import { OpenPictures, type Panel } from "../shared/view/open-pictures.ts";
import { viewMount } from "../shared/view/view-mount.ts";
import { findRun } from "./find-run.ts";
import { untilInterrupted } from "./interrupt.ts";
import { openBrowser } from "./open-browser.ts";
import type { RunPlace } from "./run-choice.ts";
import { viewerPage } from "./viewer-page.ts";

export interface ViewFlags extends RunPlace {
  readonly run?: string;
  readonly port?: number;
  /** commander's form of --no-open. */
  readonly open: boolean;
  readonly json?: boolean;
}

/** Serves the page that shows places side by side, until Ctrl-C. Throws before it serves where one of them can't be opened. */
export async function viewHere(uris: readonly string[], flags: ViewFlags): Promise<void> {
  const panels = [...placesOf(uris), ...(flags.run === undefined ? [] : await panelsOfRun(flags.run, flags))];
  if (panels.length === 0) {
    throw new LamellaError("INVALID_ARGUMENT", "nothing to view was named", {
      hint: "Name an OME-Zarr, or a run: lamella view image.ome.zarr, lamella view --run RUN.",
    });
  }
  const pictures = new OpenPictures(panels);
  await Promise.all(panels.map((_, i) => pictures.picture(String(i))));
  const page = await viewerPage();
  await untilInterrupted(async (signal) => {
    const server = await startLocalServer({
      signal,
      ...(flags.port === undefined ? {} : { port: flags.port }),
    });
    server.mount("", pageMount(new FileStore(page)));
    server.mount("api", viewMount(pictures));
    const isOpen = flags.open && openBrowser(server.url);
    process.stdout.write(flags.json ? `${JSON.stringify({ url: server.url, panels })}\n` : `${server.url}\n`);
    const how = isOpen ? "opened in the browser" : "open this address in a browser";
    process.stderr.write(`${how}; who knows it can see the images. Ctrl-C stops.\n`);
    await server.closed;
  });
}

function placesOf(uris: readonly string[]): Panel[] {
  return uris.map((uri) => ({ title: lastName(uri), uri }));
}

/** The inputs of a run, then its outputs that are images. */
async function panelsOfRun(runId: string, place: RunPlace): Promise<Panel[]> {
  const { folder } = await findRun(runId, place);
  const [plan, state] = await Promise.all([folder.plan(), folder.state()]);
  const inputs: Panel[] = [];
  for (const [name, array] of Object.entries(plan.arrays)) {
    if (array.role !== "input") continue;
    const { source } = array;
    const inside = "path" in source && source.path !== "" ? `#${imageAbove(source.path)}` : "";
    const uri = inside === "#" ? source.uri : `${source.uri}${inside}`;
    if (!inputs.some((panel) => panel.uri === uri)) inputs.push({ title: `Input ${name}`, uri });
  }
  const outputs = Object.entries(state.outputs).flatMap(([name, uri]) =>
    /\.(csv|parquet)$/i.test(uri) ? [] : [{ title: `Output ${name}`, uri }],
  );
  return [...inputs, ...outputs];
}

/** The group of a level, whose other levels are wanted too. */
function imageAbove(path: string): string {
  const parts = path.split("/");
  return /^\d+$|^s\d+$/.test(parts.at(-1)!) ? parts.slice(0, -1).join("/") : path;
}

/** "cells.ome.zarr", with what is picked in it. */
function lastName(uri: string): string {
  const [place, component] = uri.split("#");
  const name = place!.replace(/\/+$/, "").split("/").at(-1) || uri;
  return component ? `${name}#${component}` : name;
}
