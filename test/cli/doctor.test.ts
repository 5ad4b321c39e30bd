import os from "node:os";
import { describe, expect, it } from "vitest";
import { failure } from "../../cli/cdk-app.ts";
import { lamella } from "../support/lamella.ts";

/** No credentials, no metadata service, and a region: the first look at the account fails at once. */
const NOBODY = {
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_ACCESS_KEY_ID: "",
  AWS_SECRET_ACCESS_KEY: "",
  AWS_PROFILE: "",
  AWS_CONFIG_FILE: "/nonexistent",
  AWS_SHARED_CREDENTIALS_FILE: "/nonexistent",
  AWS_REGION: "us-east-1",
  // a port that nobody listens to: nothing leaves this computer
  AWS_ENDPOINT_URL: "http://127.0.0.1:9",
};

interface Check {
  readonly name: string;
  readonly state: string;
  readonly hint?: string;
}

describe("lamella doctor", () => {
  it("tells of a computer without credentials or network, and ends well", async () => {
    const { status, stdout } = await lamella(["doctor", "--json"], os.tmpdir(), NOBODY);
    const { healthy, checks } = JSON.parse(stdout) as { healthy: boolean; checks: Check[] };
    expect({ status, healthy }).toEqual({ status: 0, healthy: true });
    const states = Object.fromEntries(checks.map(({ name, state }) => [name, state]));
    expect(states).toMatchObject({ node: "ok", credentials: "warn", network: "warn" });
    for (const check of checks.filter(({ state }) => state !== "ok"))
      expect(check.hint, check.name).toBeTruthy();
  });

  it("fails, with status 1, where runs can't be kept", async () => {
    const { status, stdout } = await lamella(
      ["doctor", "--json", "--runs", "/dev/null/runs"],
      os.tmpdir(),
      NOBODY,
    );
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ healthy: false });
  });
});

describe("lamella deploy and destroy", () => {
  it.each([
    [["deploy", "--yes", "--context", "kmskey=own"], "UNKNOWN_KEY"],
    [["deploy", "--yes", "--context", "kmsKey=mine"], "INVALID_ARGUMENT"],
    [["deploy", "--yes", "--context", "kmsKey"], "INVALID_ARGUMENT"],
    [["deploy", "--yes", "--context", "stackName=Other"], "INVALID_ARGUMENT"],
    [["deploy", "--yes", "--stack", "no name"], "INVALID_ARGUMENT"],
    [["deploy"], "INVALID_ARGUMENT"],
    [["deploy", "--yes"], "NO_CREDENTIALS"],
    [["destroy", "--yes"], "NO_CREDENTIALS"],
  ])("%j ends with %s before anything is begun", async (args, code) => {
    const { status, stdout } = await lamella([...args, "--json"], os.tmpdir(), NOBODY);
    expect(status).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code, hint: expect.stringMatching(/\w/) } });
  });

  it("makes coded errors of what cdk says", () => {
    expect(
      failure(
        "error[UNKNOWN_KEY]: the context\nhint: Did you mean kmsKey?\n\nSubprocess exited with error 2",
      ),
    ).toMatchObject({
      code: "UNKNOWN_KEY",
      hint: "Did you mean kmsKey?",
    });
    expect(
      failure(
        "❌ Lamella failed: Error: Lamella: SSM parameter /cdk-bootstrap/hnb659fds/version not found. Has the environment been bootstrapped?",
      ),
    ).toMatchObject({ code: "NOT_BOOTSTRAPPED", hint: expect.stringContaining("cdk bootstrap") });
    expect(
      failure("Resource handler returned message: limit\n ❌  Lamella failed: UPDATE_ROLLBACK_COMPLETE\n"),
    ).toMatchObject({
      code: "DEPLOY_FAILED",
      message: expect.stringContaining("UPDATE_ROLLBACK_COMPLETE"),
    });
  });
});
