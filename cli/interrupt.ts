/** Runs something with a signal that Ctrl-C, or a polite kill, aborts; `onInterrupt` may say that the end takes a while. */
export async function untilInterrupted<T>(
  run: (signal: AbortSignal) => Promise<T>,
  onInterrupt?: () => void,
): Promise<T> {
  const abort = new AbortController();
  const onSignal = (): void => {
    abort.abort();
    onInterrupt?.();
  };
  process.once("SIGINT", onSignal);
  process.once("SIGTERM", onSignal);
  try {
    return await run(abort.signal);
  } finally {
    process.removeListener("SIGINT", onSignal);
    process.removeListener("SIGTERM", onSignal);
  }
}
