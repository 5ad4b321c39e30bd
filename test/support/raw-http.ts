import net from "node:net";

export interface RawAnswer {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: string;
}

/**
 * Sends a request as it is written, byte for byte: `fetch` would tidy its path first. `lines` are the request line and
 * headers; `Connection: close` is added.
 */
export function rawRequest(port: number, lines: readonly string[], body = ""): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, "127.0.0.1");
    const pieces: Buffer[] = [];
    socket.on("error", reject);
    socket.on("data", (piece) => pieces.push(piece));
    socket.on("close", () => {
      const text = Buffer.concat(pieces).toString("latin1");
      const end = text.indexOf("\r\n\r\n");
      const [first = "", ...rest] = text.slice(0, end).split("\r\n");
      const headers = Object.fromEntries(
        rest.map((line) => [
          line.slice(0, line.indexOf(":")).toLowerCase(),
          line.slice(line.indexOf(":") + 2),
        ]),
      );
      resolve({ status: Number(first.split(" ")[1] ?? 0), headers, body: text.slice(end + 4) });
    });
    socket.write(`${[...lines, "Connection: close"].join("\r\n")}\r\n\r\n${body}`);
  });
}
