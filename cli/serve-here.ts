import type { Json } from "../shared/errors.ts";
import { startLocalServer } from "../shared/serve/http/server.ts";
import { mountSteps } from "../shared/serve/on-demand/mount-steps.ts";
import { untilInterrupted } from "./interrupt.ts";
import { readPipeline } from "./load-pipeline.ts";
import { Progress } from "./progress/progress.ts";

interface ServeFlags {
  readonly port?: number;
  readonly set?: { readonly [name: string]: Json };
  readonly workers?: number;
  readonly memory?: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** Serves a pipeline's steps until Ctrl-C, which is how it ends well. */
export async function serveHere(file: string, flags: ServeFlags): Promise<void> {
  const progress = new Progress({ quiet: flags.quiet });
  const source = await readPipeline(file);
  await untilInterrupted(async (signal) => {
    const server = await startLocalServer({
      signal,
      ...(flags.port === undefined ? {} : { port: flags.port }),
    });
    try {
      const { index, close } = await mountSteps(server, source, {
        ...(flags.set ? { set: flags.set } : {}),
        ...(flags.workers === undefined ? {} : { workers: flags.workers }),
        ...(flags.memory === undefined ? {} : { memoryMiB: flags.memory }),
        onProgress: ({ step, done, tasks }) =>
          done === tasks ? progress.note(`${step}: done`) : progress.share(step, done, tasks),
      });
      try {
        if (flags.json) process.stdout.write(`${JSON.stringify(index)}\n`);
        else for (const { url } of index.steps) process.stdout.write(`${url}\n`);
        progress.note("Ctrl-C ends it");
        await server.closed;
      } finally {
        await close();
      }
    } finally {
      await server.close();
    }
  });
}
