import path from "node:path";
import { fileURLToPath } from "node:url";

export const projectRoot = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** This folder's own files: the plugin, the lock files, the compose file. */
export const ownFolder = path.join(projectRoot, "localstack");

/** Where installations and running instances are kept; git ignores it. */
export const stateFolder = process.env["LAMELLA_LOCALSTACK_HOME"] ?? path.join(projectRoot, ".localstack");

/** The folder of a named instance: its pid, its log, its files. */
export function instanceFolder(name: string): string {
  return path.join(stateFolder, "instances", name);
}
