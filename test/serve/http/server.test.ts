import { afterEach, expect, test } from "vitest";
import { jsonAnswer } from "../../../shared/serve/http/answer.ts";
import { EventHub } from "../../../shared/serve/http/event-hub.ts";
import { htmlAnswer, pageMount } from "../../../shared/serve/http/page-mount.ts";
import { type LocalServer, startLocalServer } from "../../../shared/serve/http/server.ts";
import { storeMount } from "../../../shared/serve/http/store-mount.ts";
import { MemoryStore } from "../../../shared/storage/memory.ts";

const servers: LocalServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function started(options: Parameters<typeof startLocalServer>[0] = {}): Promise<LocalServer> {
  const server = await startLocalServer(options);
  servers.push(server);
  return server;
}

async function withObject(bytes: Uint8Array): Promise<string> {
  const server = await started();
  const store = new MemoryStore();
  await store.put("a b/c", bytes);
  server.mount("data", storeMount(store));
  return `${server.url}data/a%20b/c`;
}

test("ranges: from the start, from the end, beyond it, none that is there", async () => {
  const url = await withObject(Buffer.from("0123456789"));
  const read = async (range: string, headers = {}) => {
    const answer = await fetch(url, { headers: { range, ...headers } });
    return [answer.status, answer.headers.get("content-range"), await answer.text()];
  };
  expect(await read("bytes=2-4")).toEqual([206, "bytes 2-4/10", "234"]);
  expect(await read("bytes=7-")).toEqual([206, "bytes 7-9/10", "789"]);
  expect(await read("bytes=8-100")).toEqual([206, "bytes 8-9/10", "89"]);
  expect(await read("bytes=-3")).toEqual([206, "bytes 7-9/10", "789"]);
  expect(await read("bytes=-100")).toEqual([206, "bytes 0-9/10", "0123456789"]);
  expect(await read("bytes=10-")).toEqual([416, "bytes */10", ""]);
  expect(await read("bytes=-0")).toEqual([416, "bytes */10", ""]);
  for (const range of ["bytes=4-2", "bytes=1-2,4-5", "lines=1-2", "bytes=-", "bytes=x-2"])
    expect(await read(range), range).toEqual([200, null, "0123456789"]);
  expect(await read("bytes=2-4", { "if-range": '"other"' })).toEqual([200, null, "0123456789"]);
  const { headers } = await fetch(url);
  expect(headers.get("accept-ranges")).toBe("bytes");
  expect(await read("bytes=2-4", { "if-range": headers.get("etag")! })).toEqual([206, "bytes 2-4/10", "234"]);
});

test("HEAD has the headers of GET and no body; what is known already isn't sent again", async () => {
  const url = await withObject(Buffer.from("0123456789"));
  const head = await fetch(url, { method: "HEAD" });
  expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, "10", ""]);
  const again = await fetch(url, { headers: { "if-none-match": head.headers.get("etag")! } });
  expect([again.status, await again.text()]).toEqual([304, ""]);
  expect((await fetch(`${url}/`)).status).toBe(404);
  expect((await fetch(url.slice(0, -2))).status).toBe(404);
});

test("objects larger than a piece arrive whole", async () => {
  const bytes = Buffer.alloc(5 * 2 ** 20 + 3, 7);
  const answer = await fetch(await withObject(bytes));
  expect(answer.headers.get("content-length")).toBe(String(bytes.byteLength));
  expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
});

test("an empty object", async () => {
  const answer = await fetch(await withObject(new Uint8Array()));
  expect([answer.status, await answer.text()]).toEqual([200, ""]);
});

test("the longest prefix answers; pages are at the end of the way", async () => {
  const server = await started();
  const page = new MemoryStore();
  await page.put("index.html", Buffer.from("<p>page"));
  await page.put("assets/a.js", Buffer.from("1"));
  server.mount("view", pageMount(page));
  server.mount("view/api", { answer: ({ key, query }) => jsonAnswer([key, query.get("q")]) });
  server.mount("report", { answer: () => htmlAnswer("<script>1</script>") });
  const read = async (rest: string) => (await fetch(server.url + rest)).text();
  expect(await read("view")).toBe("<p>page");
  expect((await fetch(`${server.url}view?a=1`)).url).toBe(`${server.url}view/?a=1`);
  expect((await fetch(`${server.url}view/assets/a.js`)).headers.get("content-type")).toContain("javascript");
  expect(JSON.parse(await read("view/api/x/y?q=2"))).toEqual(["x/y", "2"]);
  expect((await fetch(`${server.url}report`)).headers.get("content-security-policy")).toContain(
    "'sha256-a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s='",
  );
  server.unmount("report");
  expect((await fetch(`${server.url}report`)).status).toBe(404);
});

test("events reach who listens, the state so far first; who leaves is forgotten", async () => {
  const server = await started();
  const hub = new EventHub({ greet: () => [{ name: "state", value: { done: 1 } }] });
  server.mount("events", hub);
  const gone = new AbortController();
  const answer = await fetch(`${server.url}events`, { signal: gone.signal });
  expect(answer.headers.get("content-type")).toBe("text/event-stream");
  const reader = answer.body!.getReader();
  const text = async () => Buffer.from((await reader.read()).value!).toString();
  expect(await text()).toContain('event: state\ndata: {"done":1}\n\n');
  hub.send("progress", { done: 2 });
  expect(await text()).toBe('event: progress\ndata: {"done":2}\n\n');
  expect(hub.readers).toBe(1);
  gone.abort();
  await expect.poll(() => hub.readers, { timeout: 20_000 }).toBe(0);
});

test("work for a client that goes away is told so", async () => {
  const server = await started();
  let aborted = false;
  const entered = Promise.withResolvers<void>();
  server.mount("slow", {
    answer: ({ signal }) =>
      new Promise((resolve) => {
        entered.resolve();
        signal.addEventListener("abort", () => {
          aborted = true;
          resolve(undefined);
        });
      }),
  });
  const gone = new AbortController();
  const asked = fetch(`${server.url}slow`, { signal: gone.signal }).catch(() => {});
  await entered.promise;
  gone.abort();
  await asked;
  await expect.poll(() => aborted, { timeout: 20_000 }).toBe(true);
});

test("a mount that asks another of the same server doesn't wait for itself, however many ask it", async () => {
  const server = await started();
  server.mount("chunks", { answer: () => jsonAnswer(7) });
  server.mount("pixels", {
    answer: async () => jsonAnswer(await (await fetch(`${server.url}chunks`)).json()),
  });
  const all = Array.from({ length: 80 }, async () => (await fetch(`${server.url}pixels`)).json());
  expect(new Set(await Promise.all(all))).toEqual(new Set([7]));
});

test("errors are coded documents", async () => {
  const server = await started();
  server.mount("bad", {
    answer: () => {
      throw new Error("broken");
    },
  });
  const answer = await fetch(`${server.url}bad`);
  expect(answer.status).toBe(500);
  expect(await answer.json()).toMatchObject({ error: { code: "INTERNAL", message: "broken" } });
  expect(await (await fetch(`${server.url}other`)).json()).toMatchObject({ error: { code: "NOT_FOUND" } });
});

test("the signal closes it, open streams and all; a port that is taken is an error", async () => {
  const abort = new AbortController();
  const server = await started({ signal: abort.signal });
  server.mount("events", new EventHub());
  const answer = await fetch(`${server.url}events`);
  await expect(startLocalServer({ port: server.port })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  abort.abort();
  await server.closed;
  await expect(answer.text()).rejects.toThrow();
  await expect(fetch(server.url)).rejects.toThrow();
});
