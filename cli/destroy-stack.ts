import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { findStack } from "../shared/engine/aws/stack.ts";
import { LamellaError } from "../shared/errors.ts";
import { agreed } from "./ask.ts";
import { stackStatus, whoAmI } from "./aws-account.ts";
import { runCdk } from "./cdk-app.ts";
import type { StackFlags } from "./commands/deploy.ts";
import { stackNameOf } from "./stack-name.ts";

/**
 * Removes the stack by `cdk`, after saying what goes and what stays. Throws STACK_NOT_FOUND, NO_CREDENTIALS, CDK_NOT_FOUND,
 * DEPLOY_FAILED, and INTERRUPTED where the answer is no.
 */
export async function destroyStack(flags: Omit<StackFlags, "context">): Promise<void> {
  const stack = stackNameOf(flags.stack);
  const { account, region } = await whoAmI();
  if ((await stackStatus(stack)) === undefined)
    throw new LamellaError(
      "STACK_NOT_FOUND",
      `there is no stack ${stack} in account ${account}, region ${region}`,
      {
        hint: "Check AWS_PROFILE, AWS_REGION, --stack and LAMELLA_STACK.",
      },
    );
  // what stays has to be named before what names it goes
  const found = await findStack(stack).catch(() => undefined);
  const remains = found ? [found.dataBucket, found.controlBucket] : [];
  process.stderr.write(
    `removes stack ${stack} of account ${account}, region ${region}: its functions, state machine, queues, alarms and logs.\n` +
      `These stay, with all that is in them: ${remains.join(", ") || "its buckets"}, the bucket of access logs, and a key that it made.\n` +
      "Runs in flight stop: `lamella runs` names them.\n",
  );
  if (!flags.yes && !(await agreed(`remove ${stack}?`)))
    throw new LamellaError("INTERRUPTED", `${stack} was not removed`, { hint: "Answer yes, or add --yes." });
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "lamella-destroy-"));
  try {
    await runCdk(["destroy", "--force", "--output", path.join(folder, "cdk.out")], {
      context: [`stackName=${stack}`],
      interactive: false,
      ...(flags.quiet ? { quiet: true } : {}),
    });
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
  const answer = { stack, account, region, removed: true, remains };
  process.stdout.write(
    flags.json
      ? `${JSON.stringify(answer)}\n`
      : `${stack} is gone; what stays: ${remains.map((bucket) => `s3://${bucket}`).join(" ")}\n`,
  );
}
