import { randomBytes } from "node:crypto";
import type { Fields } from "./log.ts";

/** Longer than a datagram on the same host ever takes; a trace is not worth waiting for. */
const WAIT_MS = 100;

/**
 * Sends a subsegment to X-Ray, with annotations by which traces are found (`annotation.runId = "..."`), to the daemon that Lambda runs beside a
 * traced function. The X-Ray SDK would do the same for 127 kB and 54 ms of every cold start. Where the invocation isn't sampled, or there
 * is no daemon, nothing is sent; nothing is thrown.
 */
export async function trace(
  name: string,
  startedAt: number,
  annotations: Fields,
  failed: boolean,
): Promise<void> {
  const daemon = /^(.+):(\d+)$/.exec(process.env["AWS_XRAY_DAEMON_ADDRESS"] ?? "");
  const header = parsed(process.env["_X_AMZN_TRACE_ID"] ?? "");
  if (!daemon || header.get("Sampled") !== "1" || !header.has("Root") || !header.has("Parent")) return;
  const subsegment = {
    type: "subsegment",
    name,
    id: randomBytes(8).toString("hex"),
    trace_id: header.get("Root"),
    parent_id: header.get("Parent"),
    start_time: startedAt / 1000,
    end_time: Date.now() / 1000,
    fault: failed,
    annotations,
  };
  const { createSocket } = await import("node:dgram");
  const socket = createSocket("udp4");
  const text = `{"format": "json", "version": 1}\n${JSON.stringify(subsegment)}`;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, WAIT_MS);
    socket.on("error", () => resolve());
    socket.send(text, Number(daemon[2]), daemon[1], () => {
      clearTimeout(timer);
      resolve();
    });
  });
  socket.close();
}

/** "Root=1-...;Parent=...;Sampled=1" */
function parsed(header: string): Map<string, string> {
  return new Map(
    header.split(";").flatMap((part): [string, string][] => {
      const at = part.indexOf("=");
      return at < 0 ? [] : [[part.slice(0, at), part.slice(at + 1)]];
    }),
  );
}
