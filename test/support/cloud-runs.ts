import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect } from "vitest";
import { makeDemoImage } from "../../scripts/make-demo-image.ts";
import { stepFunctions } from "../../shared/engine/aws/clients.ts";
import { executionName } from "../../shared/engine/aws/execution.ts";
import { RunFolder, type RunState } from "../../shared/engine/run-folder.ts";
import type { Json } from "../../shared/errors.ts";
import { type CommandResult, lamella } from "./lamella.ts";
import { type Cloud, objectsUnder, sharedCloud, waitForJson } from "./localstack.ts";

/** How long a run may take to come to what is waited for, on a computer that does much else. */
const PATIENCE_S = 600;

/** What tests on LocalStack share: a folder here, an image of two channels, the command line, and looks at runs. */
export class CloudRuns {
  readonly cloud: Cloud;
  readonly folder: string;
  /** An OME-TIFF of shape 1, 2, 4, 96, 96. */
  readonly image: Buffer;

  private constructor(cloud: Cloud, folder: string, image: Buffer) {
    this.cloud = cloud;
    this.folder = folder;
    this.image = image;
  }

  static async start(): Promise<CloudRuns> {
    const folder = await mkdtemp(path.join(tmpdir(), "lamella-cloud-"));
    const file = path.join(folder, "image.ome.tif");
    await makeDemoImage(file, { shape: [1, 2, 4, 96, 96] });
    return new CloudRuns(await sharedCloud(), folder, await readFile(file));
  }

  async end(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  uri(key: string): string {
    return `s3://${this.cloud.outputs.DataBucket}/${key}`;
  }

  /** The command line in the folder, which talks to LocalStack. */
  command(...args: string[]): Promise<CommandResult> {
    const aws = Object.entries(process.env).filter(([name]) => name.startsWith("AWS_"));
    return lamella(args, this.folder, Object.fromEntries(aws));
  }

  /** What a command that succeeds prints with --json. */
  async json<T = { readonly [name: string]: Json }>(...args: string[]): Promise<T> {
    const { status, stdout, stderr } = await this.command(...args, "--json");
    expect(status, `${stdout}\n${stderr}`).toBe(0);
    return JSON.parse(stdout) as T;
  }

  /** The error of a command that doesn't succeed, and its exit status. */
  async refusal(
    ...args: string[]
  ): Promise<{ status: number | null; code: string; hint: string | null; message: string }> {
    const { status, stdout, stderr } = await this.command(...args, "--json");
    expect(stdout, stderr).not.toBe("");
    const { error } = JSON.parse(stdout) as { error: { code: string; hint: string | null; message: string } };
    return { status, ...error };
  }

  /** Writes a pipeline file. */
  async pipeline(name: string, document: object): Promise<string> {
    const file = path.join(this.folder, `${name}.json`);
    await writeFile(file, JSON.stringify({ version: 1, ...document }));
    return file;
  }

  state(runId: string): Promise<RunState> {
    return new RunFolder(this.cloud.control, runId).state();
  }

  /** A run's state once it has come to one of these. */
  reached(runId: string, ...statuses: RunState["status"][]): Promise<RunState> {
    const accept = ({ status }: RunState) => statuses.includes(status);
    return waitForJson<RunState>(this.cloud.control, `runs/${runId}/state.json`, accept, PATIENCE_S);
  }

  /** Keys of a run's receipts with their ETags. */
  async receipts(runId: string): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for await (const { key, etag } of this.cloud.control.list(`runs/${runId}/receipts/`))
      found.set(key, etag);
    return found;
  }

  /** Waits until a run has left so many receipts. */
  async worked(runId: string, receipts: number): Promise<void> {
    for (const end = Date.now() + 1000 * PATIENCE_S; Date.now() < end; await setTimeout(200))
      if ((await this.receipts(runId)).size >= receipts) return;
    throw new Error(`run ${runId} has left no ${receipts} receipts`);
  }

  /** How many tasks the receipts of a run's first stage prove. */
  async tasksDone(runId: string): Promise<number> {
    let tasks = 0;
    for (const [, bytes] of await objectsUnder(this.cloud.control, `runs/${runId}/receipts/0`)) {
      const { start, end } = JSON.parse(String(bytes)) as { start: number; end: number };
      tasks += end - start;
    }
    return tasks;
  }

  /** Waits until a run has written its first chunk below a prefix. */
  async begun(prefix: string): Promise<void> {
    for (const end = Date.now() + 1000 * PATIENCE_S; Date.now() < end; await setTimeout(200))
      for await (const { key } of this.cloud.data.list(`${prefix}/`)) if (/\/c\//.test(key)) return;
    throw new Error(`nothing was written below ${prefix}`);
  }

  /** How the execution of a run ended. */
  async execution(runId: string, name?: string) {
    const { client, sfn } = await stepFunctions();
    const named = name ?? executionName(await this.state(runId));
    const executionArn = `${this.cloud.outputs.StateMachine.replace(":stateMachine:", ":execution:")}:${named}`;
    // a run's status is written before its execution comes to its last state
    for (;;) {
      const described = await client.send(new sfn.DescribeExecutionCommand({ executionArn }));
      if (described.status !== "RUNNING") return described;
      await setTimeout(250);
    }
  }

  /** Invokes the function whose name holds this, and gives its answer. */
  async invoke(name: string, event: object): Promise<unknown> {
    const sdk = await import("@aws-sdk/client-lambda");
    const client = new sdk.LambdaClient({});
    const names: string[] = [];
    for await (const page of sdk.paginateListFunctions({ client }, {}))
      names.push(...(page.Functions ?? []).map(({ FunctionName }) => FunctionName!));
    const found = names.find((each) => each.startsWith("Lamella-") && each.includes(name));
    const answer = await client.send(
      new sdk.InvokeCommand({ FunctionName: found, Payload: Buffer.from(JSON.stringify(event)) }),
    );
    return JSON.parse(Buffer.from(answer.Payload ?? []).toString());
  }

  /** Compares everything that a run wrote below a prefix with what the embedded engine writes in its place. */
  async expectSameBytes(prefix: string, file: string, ...args: string[]): Promise<void> {
    const fromStack = await objectsUnder(this.cloud.data, prefix);
    expect(fromStack.size).toBeGreaterThan(1);
    await this.json("run", file, "--overwrite", "--workers", "1", "--runs", "runs", ...args);
    const fromHere = await objectsUnder(this.cloud.data, prefix);
    expect([...fromStack.keys()]).toEqual([...fromHere.keys()]);
    for (const [key, bytes] of fromStack) expect(bytes.equals(fromHere.get(key)!), key).toBe(true);
  }

  /** Two runs' outputs hold the same chunks. Metadata has the plan's hash, and so the outputs' names. */
  async expectSameChunks(one: string, other: string): Promise<void> {
    const [ours, theirs] = [
      await objectsUnder(this.cloud.data, one),
      await objectsUnder(this.cloud.data, other),
    ];
    expect([...ours.keys()]).toEqual([...theirs.keys()]);
    for (const [key, bytes] of ours) {
      if (!key.endsWith("zarr.json")) expect(bytes.equals(theirs.get(key)!), key).toBe(true);
    }
  }
}

/**
 * An own kernel for the image: blocks of its first channel are done at once, and those of its second wait for a file here, so that there is
 * time to meet its run. Functions in containers don't see the file: there each block takes its longest.
 */
export const gated = (gate: string): string => `
import { existsSync } from "node:fs";
export function slow({ data }, { block }) {
  const first = block.start[1] === 0;
  for (let waited = 0; !first && waited < 240 && !existsSync(${JSON.stringify(gate)}); waited++)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  return data;
}
`;
