import { mkdir } from "node:fs/promises";
import { dockerAnswers, startInContainer, stopContainer } from "./container.ts";
import { startOnHost, stopOnHost } from "./host.ts";
import { install } from "./install.ts";
import {
  forgetInstance,
  type Instance,
  keepInstance,
  recordedInstance,
  runningInstance,
} from "./instance.ts";
import { instanceFolder } from "./paths.ts";
import { findPython } from "./python.ts";

/** How LocalStack can run here: in a container, as a process, or not at all. */
export async function modeHere(): Promise<"container" | "host" | undefined> {
  const asked = process.env["LAMELLA_LOCALSTACK_MODE"];
  if (asked === "container" || asked === "host") return asked;
  if (await dockerAnswers()) return "container";
  return (await findPython()) ? "host" : undefined;
}

/** Starts the instance of that name, or finds it running. */
export async function start(name: string, port: number, say: (line: string) => void): Promise<Instance> {
  const running = await runningInstance(name);
  if (running) return running;
  await stop(name);
  const mode = await modeHere();
  if (mode === undefined) {
    throw new Error(
      "LocalStack needs a Docker engine, or Python 3.11 or 3.13 with its venv module (LAMELLA_PYTHON names one)",
    );
  }
  let instance: Instance;
  if (mode === "container") {
    await mkdir(instanceFolder(name), { recursive: true });
    instance = await startInContainer(name, port);
  } else {
    const python = await findPython();
    if (!python) throw new Error("host mode needs Python 3.11 or 3.13 with its venv module");
    instance = await startOnHost(name, port, await install(python, say));
  }
  await keepInstance(instance);
  return instance;
}

/** Stops the instance of that name; nothing happens where none runs. */
export async function stop(name: string): Promise<void> {
  const instance = await recordedInstance(name);
  if (!instance) return;
  if (instance.pid === undefined) await stopContainer(name);
  else await stopOnHost(instance.pid);
  await forgetInstance(name);
}
