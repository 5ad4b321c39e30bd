/**
 * Loaded into an engine's process before anything else (`node --import`): lets one file operation go wrong, or ends the process
 * there. `LAMELLA_INJECT` holds an `Injection`; without it only the operations are counted.
 */
import nodeFs, { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import fs, { type FileHandle } from "node:fs/promises";
import { createRequire, syncBuiltinESMExports } from "node:module";
import net from "node:net";
import { isMainThread, threadId } from "node:worker_threads";

export interface Injection {
  /** Which operation that changes files, from 0; those of each thread are counted for themselves. */
  readonly at: number;
  readonly thread: "main" | "worker";
  /** `kill`: as kill -9. `exit`: the thread ends. `full`: the disk is, from here on. `flip`: a bit changes once it is written. */
  readonly kind: "kill" | "exit" | "full" | "flip";
  /** Whether it happens before the operation, in the middle of it, or after it. */
  readonly when: "before" | "half" | "after";
}

const wanted = process.env["LAMELLA_INJECT"];
const injection = wanted ? (JSON.parse(wanted) as Injection) : undefined;
const report = process.env["LAMELLA_INJECT_REPORT"];
const mine = injection && (injection.thread === "main") === isMainThread ? injection : undefined;
let count = 0;
let full = false;

/** What happens at the operation that comes now. */
function next(): Injection | undefined {
  const now = count++;
  return mine && (now === mine.at || (full && now > mine.at)) ? mine : undefined;
}

function note(what: string): void {
  if (report) appendFileSync(report, `${what}\n`);
}

function strike({ kind }: Injection, file: unknown): void {
  if (kind === "flip") return;
  if (!full) note(`hit ${kind} ${String(file)}`);
  if (kind === "kill") process.kill(process.pid, "SIGKILL");
  if (kind === "exit") process.exit(1);
  if (kind === "full") {
    full = true;
    throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC", errno: -28 });
  }
}

type Method = (...args: unknown[]) => Promise<unknown>;
const methods = fs as unknown as { [name: string]: Method };
const { open } = fs;

// Removing frees room: a full disk lets it happen.
for (const name of ["rename", "link", "mkdir", "unlink", "rm", "rmdir"]) {
  const original = methods[name]!;
  const removes = ["unlink", "rm", "rmdir"].includes(name);
  methods[name] = async (...args) => {
    const fault = next();
    if (!fault || (removes && fault.kind === "full")) return original(...args);
    if (fault.when !== "after") strike(fault, args[0]);
    const result = await original(...args);
    if (fault.when === "after") strike(fault, args[0]);
    if (fault.kind === "flip" && name === "rename") flip(String(args[1]));
    return result;
  };
}

function flip(file: string): void {
  // What the engine says of a run is no data.
  if (!/\/(c|data|state|label)\//.test(file)) return;
  const bytes = readFileSync(file);
  if (bytes.length === 0) return;
  const at = mine!.at % bytes.length;
  bytes[at] = bytes[at]! ^ 16;
  writeFileSync(file, bytes);
  note(`hit flip ${file}`);
}

// Files are opened and named by the thread itself, small ones written too.
const { openSync, writeSync, write, renameSync, mkdirSync } = nodeFs;
const written = new Map<number, unknown>();
nodeFs.openSync = (...args) => {
  const handle = openSync(...args);
  if (typeof args[1] === "string" && /[wax]/.test(args[1])) written.set(handle, args[0]);
  return handle;
};
nodeFs.writeSync = ((handle: number, bytes: Uint8Array, at: number, length: number) => {
  const fault = written.has(handle) ? next() : undefined;
  if (!fault) return writeSync(handle, bytes, at, length);
  const file = written.get(handle);
  if (fault.when === "before") strike(fault, file);
  if (fault.when === "half") {
    const half = writeSync(handle, bytes, at, length >> 1);
    strike(fault, file);
    return half;
  }
  const all = writeSync(handle, bytes, at, length);
  strike(fault, file);
  return all;
}) as typeof writeSync;
nodeFs.write = ((
  handle: number,
  bytes: Uint8Array,
  at: number,
  length: number,
  position: number | null,
  done: (error: Error | null, count?: number) => void,
) => {
  const fault = written.has(handle) ? next() : undefined;
  if (!fault) return write(handle, bytes, at, length, position, done);
  const struck = (error: Error | null, bytesWritten = 0): void => {
    try {
      strike(fault, written.get(handle));
      done(error, bytesWritten);
    } catch (full) {
      done(full as Error);
    }
  };
  if (fault.when === "before") return void setImmediate(() => struck(null));
  return write(handle, bytes, at, fault.when === "half" ? length >> 1 : length, position, struck);
}) as typeof write;
nodeFs.mkdirSync = ((folder: string) => {
  const fault = next();
  if (fault && fault.when !== "after") strike(fault, folder);
  const made = mkdirSync(folder);
  if (fault?.when === "after") strike(fault, folder);
  return made;
}) as typeof mkdirSync;
nodeFs.renameSync = (from, to) => {
  const fault = next();
  if (fault && fault.when !== "after") strike(fault, from);
  renameSync(from, to);
  if (fault?.when === "after") strike(fault, from);
  if (fault?.kind === "flip") flip(String(to));
};

methods["open"] = async (...args) => {
  const writes = typeof args[1] === "string" && /[wax]/.test(args[1]);
  const handle = (await open(...(args as Parameters<typeof open>))) as FileHandle;
  if (!writes) return handle;
  const original = handle.writeFile.bind(handle);
  handle.writeFile = async (data, options) => {
    const fault = next();
    if (!fault) return original(data, options);
    if (fault.when === "before") strike(fault, args[0]);
    if (fault.when === "half" && data instanceof Uint8Array) {
      await original(data.subarray(0, data.length >> 1), options);
      strike(fault, args[0]);
      return;
    }
    await original(data, options);
    strike(fault, args[0]);
  };
  const write = handle.write.bind(handle) as Method;
  (handle as unknown as { write: Method }).write = async (...rest) => {
    const fault = next();
    if (fault) strike(fault, args[0]);
    return write(...rest);
  };
  return handle;
};

// A server that says nothing is given up after a second and a half here, so that nobody waits for a minute.
const patience = net.Socket.prototype.setTimeout;
net.Socket.prototype.setTimeout = function (ms, callback) {
  return patience.call(this, Math.min(ms, 1500), callback);
};

if (isMainThread) {
  // Threads get this module too.
  const threads = createRequire(import.meta.url)(
    "node:worker_threads",
  ) as typeof import("node:worker_threads");
  const { Worker } = threads;
  threads.Worker = class extends Worker {
    constructor(...[file, options]: ConstructorParameters<typeof Worker>) {
      super(file, { ...options, execArgv: ["--import", import.meta.url] });
    }
  };
}
syncBuiltinESMExports();
process.on("exit", () => note(`count ${isMainThread ? "main" : "worker"} ${threadId} ${count}`));
