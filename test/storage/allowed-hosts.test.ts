import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { isPrivateAddress } from "../../shared/storage/allowed-hosts.ts";
import { HttpStore } from "../../shared/storage/http.ts";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

describe("private addresses", () => {
  it.each([
    "127.0.0.1",
    "10.1.2.3",
    "169.254.169.254",
    "169.254.170.2",
    "172.31.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "0.0.0.0",
    "::1",
    "::",
    "fe80::1",
    "fd00:ec2::254",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:a9fe:a9fe",
  ])("%s is one", (address) => expect(isPrivateAddress(address)).toBe(true));

  it.each(["93.184.216.34", "172.32.0.1", "2600:1f18::1", "::ffff:93.184.216.34"])("%s is none", (address) =>
    expect(isPrivateAddress(address)).toBe(false),
  );
});

describe("reading the web where hosts are restricted", () => {
  let server: Server;
  let base: string;
  beforeAll(async () => {
    server = createServer((_, response) => response.end("secret"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return () => server.close();
  });

  it("is free where nothing is set, as on one's own computer", async () => {
    expect(Buffer.from((await new HttpStore(base).get("x"))!).toString()).toBe("secret");
  });

  it.each([
    ["public", "http://127.0.0.1/x"],
    ["public", "https://127.0.0.1/x"],
    ["public", "https://2130706433/x"],
    ["public", "https://0x7f.1/x"],
    ["public", "https://localhost/x"],
    ["public", "https://169.254.169.254/latest/meta-data"],
    ["public", "https://[::1]/x"],
    ["public", "https://[::ffff:127.0.0.1]/x"],
    ["none", "https://data.example.org/x"],
    ["data.example.org", "https://example.org/x"],
    ["data.example.org", "https://data.example.org.evil.test/x"],
    ["*.example.org", "https://evilexample.org/x"],
    ["*.example.org", "https://example.org@evil.test/x"],
  ])("with %s refuses %s before anything is sent", async (hosts, url) => {
    vi.stubEnv("LAMELLA_HTTPS_HOSTS", hosts);
    const fetched = vi.fn();
    vi.stubGlobal("fetch", fetched);
    await expect(new HttpStore(url).get("y")).rejects.toMatchObject({
      code: "ACCESS_DENIED",
      hint: expect.stringContaining("httpsHosts"),
    });
    expect(fetched).not.toHaveBeenCalled();
  });

  it("follows redirects to allowed hosts, and no others", async () => {
    vi.stubEnv("LAMELLA_HTTPS_HOSTS", "a.example.org,b.example.org");
    const answers: { readonly [url: string]: () => Response } = {
      "https://a.example.org/good": () => Response.redirect("https://b.example.org/good"),
      "https://b.example.org/good": () => new Response("image"),
      "https://a.example.org/bad": () => Response.redirect("https://169.254.169.254/latest"),
      "https://a.example.org/plain": () => Response.redirect("http://b.example.org/good"),
      "https://a.example.org/round": () => Response.redirect("https://a.example.org/round"),
    };
    vi.stubGlobal("fetch", (url: URL) => Promise.resolve(answers[url.href]!()));
    const store = new HttpStore("https://a.example.org");
    expect(Buffer.from((await store.get("good"))!).toString()).toBe("image");
    for (const key of ["bad", "plain", "round"])
      await expect(store.get(key)).rejects.toMatchObject({ code: "ACCESS_DENIED" });
  });
});
