import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { jsonAnswer } from "../../../shared/serve/http/answer.ts";
import { pageMount } from "../../../shared/serve/http/page-mount.ts";
import { type LocalServer, startLocalServer } from "../../../shared/serve/http/server.ts";
import { openServed, storeMount } from "../../../shared/serve/http/store-mount.ts";
import { FileStore } from "../../../shared/storage/file.ts";
import { rawRequest } from "../../support/raw-http.ts";

let server: LocalServer;
let folder: string;
let token: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "lamella-served-"));
  const data = path.join(folder, "data.zarr");
  await mkdir(path.join(data, "in", "deep"), { recursive: true });
  await mkdir(path.join(folder, "page"));
  await mkdir(path.join(folder, "outside"));
  await writeFile(path.join(folder, "secret.txt"), "secret");
  await writeFile(path.join(folder, "outside", "secret.txt"), "secret");
  await writeFile(path.join(data, "zarr.json"), "{}");
  await writeFile(path.join(data, "evil.html"), "<script>alert(1)</script>");
  await writeFile(path.join(data, "in", "chunk"), "0123456789");
  await writeFile(path.join(data, "in", "deep", "secret.txt"), "mine");
  await writeFile(path.join(folder, "page", "index.html"), "<!doctype html><script src='a.js'></script>");
  await symlink(path.join(folder, "secret.txt"), path.join(data, "link.txt"));
  await symlink(path.join(folder, "outside"), path.join(data, "way"));
  await symlink("in/chunk", path.join(data, "alias"));
  server = await startLocalServer();
  token = new URL(server.url).pathname.split("/")[1]!;
  server.mount("", pageMount(new FileStore(path.join(folder, "page"))));
  server.mount("data.zarr", storeMount(await openServed(data)));
  server.mount("api/act", { takesPost: true, answer: async (r) => jsonAnswer(await r.json()) });
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const get = (target: string, ...headers: string[]) =>
  rawRequest(server.port, [`GET ${target} HTTP/1.1`, `Host: 127.0.0.1:${server.port}`, ...headers]);
const at = (rest: string) => `/${token}/${rest}`;

test("who knows the token reads what is served", async () => {
  expect(await get(at("data.zarr/in/chunk"))).toMatchObject({ status: 200, body: "0123456789" });
  expect(await get(at("data.zarr/alias"))).toMatchObject({ status: 200, body: "0123456789" });
  expect((await get(at(""))).body).toContain("doctype");
  const localhost = [`GET ${at("data.zarr/zarr.json")} HTTP/1.1`, `Host: LOCALHOST:${server.port}`];
  expect((await rawRequest(server.port, localhost)).status).toBe(200);
});

test("it listens on this computer's own address alone", async () => {
  expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}\/$/);
  const others = Object.values(os.networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter((a) => !a.internal && a.family === "IPv4");
  for (const { address } of others)
    await expect(fetch(`http://${address}:${server.port}/`)).rejects.toThrow();
});

test("without the token, or with another, nothing is answered", async () => {
  for (const target of [
    "/",
    "/data.zarr/zarr.json",
    "/?token=",
    `/${token.slice(0, -1)}/data.zarr/zarr.json`,
    `/${token}x/data.zarr/zarr.json`,
    `/${token.toUpperCase()}/data.zarr/zarr.json`,
    `/data.zarr/zarr.json?token=${token}`,
  ]) {
    const answer = await get(target);
    expect(answer.status, target).toBe(403);
    expect(answer.body).not.toContain(token);
  }
});

test("another Host is refused, whatever else is right", async () => {
  for (const hosts of [
    ["Host: evil.example"],
    [`Host: evil.example:${server.port}`],
    ["Host: 127.0.0.1"],
    [`Host: 127.0.0.1:${server.port + 1}`],
    [`Host: 127.0.0.1.evil.example:${server.port}`],
    [`Host: 127.0.0.1:${server.port}`, "Host: evil.example"],
    ["Host: evil.example", `Host: 127.0.0.1:${server.port}`],
    ["Host:"],
    [],
  ]) {
    const answer = await rawRequest(server.port, [`GET ${at("data.zarr/zarr.json")} HTTP/1.1`, ...hosts]);
    expect([400, 421], hosts.join()).toContain(answer.status);
    expect(answer.body).not.toBe("{}");
  }
  const absolute = `GET http://evil.example${at("data.zarr/zarr.json")} HTTP/1.1`;
  expect((await rawRequest(server.port, [absolute, `Host: 127.0.0.1:${server.port}`])).status).toBe(400);
});

test("no path leads out, however it is written", async () => {
  for (const rest of [
    "data.zarr/../secret.txt",
    "data.zarr/../../secret.txt",
    "../secret.txt",
    "data.zarr/%2e%2e/secret.txt",
    "data.zarr/%2E%2E/secret.txt",
    "data.zarr/.%2e/secret.txt",
    "data.zarr/%2e%2e%2fsecret.txt",
    "data.zarr/..%2fsecret.txt",
    "data.zarr/%252e%252e/secret.txt",
    "data.zarr/%252e%252e%252fsecret.txt",
    "data.zarr/%25252e%25252e/secret.txt",
    "data.zarr/..%5csecret.txt",
    "data.zarr/..\\secret.txt",
    "data.zarr/%2e%2e%5csecret.txt",
    "data.zarr/%c0%ae%c0%ae/secret.txt",
    "data.zarr/%00/secret.txt",
    "data.zarr/in/chunk%00.txt",
    "data.zarr//secret.txt",
    "data.zarr/./in/chunk",
    "data.zarr/in/%2e/chunk",
    `data.zarr/%2f${folder}/secret.txt`,
    `data.zarr/${folder}/secret.txt`,
    "data.zarr/%",
    "data.zarr/%zz",
    "data.zarr/in/chunk#x",
  ]) {
    const answer = await get(at(rest));
    expect([400, 403, 404], rest).toContain(answer.status);
    expect(answer.body, rest).not.toMatch(/^(?:secret|0123456789)$/);
  }
  expect((await get(`/../${token}/data.zarr/zarr.json`)).status).toBe(400);
  expect((await get(`/x/%2e%2e/${token}/data.zarr/zarr.json`)).status).toBe(400);
});

test("links that lead out are refused, also those that are made while it runs", async () => {
  for (const rest of ["data.zarr/link.txt", "data.zarr/way/secret.txt"]) {
    const answer = await get(at(rest));
    expect(answer.status, rest).toBe(403);
    expect(answer.body).not.toMatch(/^secret$/);
  }
  expect((await get(at("data.zarr/in/deep/secret.txt"))).body).toBe("mine");
  const deep = path.join(folder, "data.zarr", "in", "deep");
  await rename(deep, `${deep}.old`);
  await symlink(path.join(folder, "outside"), deep);
  expect((await get(at("data.zarr/in/deep/secret.txt"))).status).toBe(403);
});

test("pages of other sites get nothing: neither reads, nor posts, nor headers that allow them", async () => {
  const target = at("data.zarr/zarr.json");
  expect((await get(target, "Origin: https://evil.example")).status).toBe(403);
  expect((await get(target, "Origin: null")).status).toBe(403);
  expect((await get(target, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors")).status).toBe(403);
  expect((await get(target, "Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: cors")).status).toBe(403);
  const ours = await get(target, `Origin: http://127.0.0.1:${server.port}`, "Sec-Fetch-Site: same-origin");
  expect(ours.status).toBe(200);
  expect(Object.keys(ours.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  expect(
    (await get(at(""), "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"))
      .status,
  ).toBe(200);
  const post = (...headers: string[]) =>
    rawRequest(
      server.port,
      [`POST ${at("api/act")} HTTP/1.1`, `Host: 127.0.0.1:${server.port}`, "Content-Length: 2", ...headers],
      "{}",
    );
  expect((await post("Content-Type: application/json")).status).toBe(200);
  expect((await post("Content-Type: text/plain")).status).toBe(415);
  expect((await post("Content-Type: application/json", "Origin: https://evil.example")).status).toBe(403);
});

test("only reading is allowed", async () => {
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND"]) {
    const line = `${method} ${at("data.zarr/zarr.json")} HTTP/1.1`;
    const answer = await rawRequest(server.port, [line, `Host: 127.0.0.1:${server.port}`]);
    expect(answer.status, method).toBe(405);
  }
});

test("what a store holds is never run by a browser, and nothing is guessed", async () => {
  const evil = await get(at("data.zarr/evil.html"));
  expect(evil.headers).toMatchObject({
    "content-type": "application/octet-stream",
    "x-content-type-options": "nosniff",
    "content-security-policy": expect.stringContaining("sandbox"),
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
  });
  const page = await get(at(""));
  expect(page.headers["content-type"]).toContain("text/html");
  expect(page.headers["content-security-policy"]).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
  expect(page.headers["content-security-policy"]).not.toMatch(/script-src[^;]*'unsafe-/);
});
