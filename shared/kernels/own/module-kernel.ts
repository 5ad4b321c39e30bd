import { realpathSync } from "node:fs";
import { Session } from "node:inspector";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { LamellaError } from "../../errors.ts";
import type { ModuleKernel, OwnFunction } from "./own-kernel.ts";

/**
 * An own kernel by its module's file: a path (relative to the current folder) or file: URL, such as
 * `new URL("./ratio.ts", import.meta.url)`, and the name of the exported function. Throws UNSUPPORTED_URI for modules elsewhere.
 */
export function moduleKernel(module: string | URL, exportName = "default"): ModuleKernel {
  const text = String(module);
  const isUrl = /^[a-z][a-z0-9+.-]+:/i.test(text) && !/^[a-z]:[\\/]/i.test(text);
  if (isUrl && !text.startsWith("file:")) {
    throw new LamellaError("UNSUPPORTED_URI", `own kernels are bundled from files, and ${text} is none`, {
      hint: "Give the path of a .ts, .js or .mjs file.",
    });
  }
  const url = isUrl ? text : pathToFileURL(path.resolve(text)).href;
  return Object.freeze({ kind: "module", url, exportName });
}

/** "kernels.ts#ratio" as pipeline files write it; without a name, the default export. Relative to `base`. */
export function parseModuleKernel(text: string, base: string): ModuleKernel {
  const hash = text.lastIndexOf("#");
  const file = hash < 0 ? text : text.slice(0, hash);
  const name = hash < 0 ? "default" : text.slice(hash + 1);
  if (file === "" || name === "") {
    throw new LamellaError("INVALID_PIPELINE", `module "${text}" is not a file and an export`, {
      hint: 'Write it as "kernels.ts#ratio"; without #, the default export is meant.',
    });
  }
  const isUrl = /^[a-z][a-z0-9+.-]+:/i.test(file) && !/^[a-z]:[\\/]/i.test(file);
  return moduleKernel(isUrl ? file : path.resolve(base, file), name);
}

/**
 * Finds the module that a function is an export of, so that it can be carried to workers. Throws INVALID_ARGS for a function that
 * isn't exported by a module of its own name: one made elsewhere may hold values that a worker doesn't have.
 */
export function kernelOfFunction(fn: OwnFunction): ModuleKernel {
  const url = scriptOf(fn);
  if (url !== undefined && url === mainModule()) {
    throw new LamellaError(
      "INVALID_ARGS",
      `the function ${fn.name || "without a name"} can't be carried to a worker: it lies in the script that is running, which would run again there`,
      { hint: "Move it to a file of its own, and import it from there." },
    );
  }
  if (url?.startsWith("file:") && fn.name !== "") {
    return Object.freeze({ kind: "module", url, exportName: fn.name, fn });
  }
  throw new LamellaError(
    "INVALID_ARGS",
    `the function ${fn.name || "without a name"} can't be carried to a worker: it is no export of a module file`,
    { hint: 'Export it by name from a .ts or .js file, or use moduleKernel("kernels.ts", "name").' },
  );
}

/** The file: URL of the program that Node was started with. */
function mainModule(): string | undefined {
  const [, script] = process.argv;
  if (script === undefined) return undefined;
  try {
    return pathToFileURL(realpathSync(script)).href;
  } catch {
    return undefined;
  }
}

/** The URL of the script that a function was defined in, as the debugger knows it. */
function scriptOf(fn: OwnFunction): string | undefined {
  const session = new Session();
  session.connect();
  const urls = new Map<string, string>();
  const key = "__lamellaKernel";
  const globals = globalThis as { [name: string]: unknown };
  let script: string | undefined;
  try {
    session.on("Debugger.scriptParsed", ({ params }) => urls.set(params.scriptId, params.url));
    session.post("Debugger.enable");
    globals[key] = fn;
    session.post("Runtime.evaluate", { expression: `globalThis.${key}` }, (error, answer) => {
      if (error || answer.result.objectId === undefined) return;
      session.post("Runtime.getProperties", { objectId: answer.result.objectId }, (failed, properties) => {
        if (failed) return;
        const place = properties.internalProperties?.find(({ name }) => name === "[[FunctionLocation]]");
        script = urls.get((place?.value?.value as { scriptId: string } | undefined)?.scriptId ?? "");
      });
    });
  } finally {
    delete globals[key];
    session.disconnect();
  }
  return script;
}
