import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { S3Store } from "../../shared/storage/s3.ts";

const ROLE = "arn:aws:iam::210987654321:role/reader";

/** An STS that gives a role's credentials, and an S3 that tells whose key signed. */
const roles: string[] = [];
let server: Server;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = "";
    for await (const piece of request) body += piece;
    if (request.method === "POST" && body.includes("AssumeRole")) {
      roles.push(new URLSearchParams(body).get("RoleArn") ?? "");
      response.setHeader("content-type", "text/xml");
      response.end(`<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
        <AccessKeyId>OFTHEROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>
        <Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`);
    } else response.end(/Credential=(\w+)\//.exec(request.headers.authorization ?? "")?.[1]);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => server.close());
afterEach(() => vi.unstubAllEnvs());

async function signerOf(bucket: string): Promise<string> {
  return Buffer.from((await new S3Store(bucket).get("x"))!).toString();
}

describe("buckets of other accounts", () => {
  it("are read with the credentials of their role, asked for once, and others with one's own", async () => {
    vi.stubEnv("AWS_ENDPOINT_URL", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    vi.stubEnv("AWS_ENDPOINT_URL_S3", "");
    vi.stubEnv("AWS_REGION", "us-east-1");
    vi.stubEnv("AWS_ACCESS_KEY_ID", "MYOWN");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "s");
    vi.stubEnv("LAMELLA_BUCKET_ROLES", JSON.stringify({ partner: ROLE }));
    expect(await signerOf("partner")).toBe("OFTHEROLE");
    expect(await signerOf("partner")).toBe("OFTHEROLE");
    expect(await signerOf("mine")).toBe("MYOWN");
    expect(roles).toEqual([ROLE]);
  });

  it("need a variable that is understood", () => {
    vi.stubEnv("LAMELLA_BUCKET_ROLES", "partner");
    return expect(new S3Store("partner").get("x")).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});
