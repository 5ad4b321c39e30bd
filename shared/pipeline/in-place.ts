import { isLamellaError, LamellaError } from "../errors.ts";

/** Builds a step or output of a pipeline file; an error says in which file, and at which name, it was. */
export function inPlace<T>(where: string, place: string, build: () => T): T {
  try {
    return build();
  } catch (error) {
    if (!isLamellaError(error) || error.message.startsWith(where)) throw error;
    const message = error.message.startsWith(`${place}: `) ? error.message : `${place}: ${error.message}`;
    throw new LamellaError(error.code, `${where}: ${message}`, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      details: { ...error.details, file: where, place },
      cause: error,
    });
  }
}
