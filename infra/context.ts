import * as z from "zod";
import { LamellaError } from "../shared/errors.ts";
import { nearestName } from "../shared/nearest-name.ts";
import { DEFAULTS, type InputBucket, type LamellaOptions } from "./options.ts";

/** What the CDK app takes by name, in `cdk.json` or as `-c NAME=VALUE`. */
export interface AppContext {
  readonly stackName?: string;
  readonly tags: { readonly [key: string]: string };
  readonly options: LamellaOptions;
}

interface ContextValue {
  /** Reads a value, which is text where it comes from the command line. */
  readonly schema: z.ZodType;
  /** As in the documents; "" for none. */
  readonly byDefault: string;
  readonly meaning: string;
}

const RETENTIONS = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 3653];

const number = z.union([
  z.number(),
  z
    .string()
    .regex(/^\d+(?:\.\d+)?$/, "is no number")
    .transform(Number),
]);
const whole = (least: number, most: number) => number.pipe(z.int().min(least).max(most));
const flag = z.union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")], {
  error: "is neither true nor false",
});
const text = (form: RegExp, otherwise: string) => z.string().regex(form, otherwise);

const BUCKET = "[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]";
const ROLE = "arn:aws[\\w-]*:iam::\\d{12}:role/[\\w+=,.@/-]+";
const KEY = "arn:aws[\\w-]*:kms:[a-z0-9-]+:\\d{12}:key/[\\w-]+";
const HOST = /^(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*$/;

/** A list in JSON, or as text with commas. */
function list<T extends z.ZodType>(item: T) {
  return z.preprocess(
    (value) => (typeof value === "string" ? value.split(",").map((part) => part.trim()) : value),
    z.array(item).min(1),
  );
}

/** "BUCKET", "BUCKET/FOLDER", either with "@ROLE-ARN" behind it; or the same as an object. */
const inputBucket = z.union(
  [
    text(new RegExp(`^${BUCKET}(?:/[^@*?]+)?(?:@${ROLE})?$`), "").transform((value): InputBucket => {
      const [place = "", roleArn] = value.split(/@(?=arn:)/);
      const [bucket = "", ...folders] = place.split("/");
      const prefix = folders.join("/").replace(/\/+$/, "");
      return { bucket, ...(prefix ? { prefix } : {}), ...(roleArn ? { roleArn } : {}) };
    }),
    z.strictObject({
      bucket: text(new RegExp(`^${BUCKET}$`), ""),
      prefix: text(/^[^@*?/](?:[^@*?]*[^@*?/])?$/, "").exactOptional(),
      roleArn: text(new RegExp(`^${ROLE}$`), "").exactOptional(),
      kmsKeyArn: text(new RegExp(`^${KEY}$`), "").exactOptional(),
    }),
  ],
  "is no BUCKET, BUCKET/FOLDER or BUCKET/FOLDER@ROLE-ARN",
);

const tags = z.union([
  z.record(z.string(), z.string()),
  text(/^[^=,]+=[^,]*(?:,[^=,]+=[^,]*)*$/, "is no list like project=screens,owner=lab").transform((value) =>
    Object.fromEntries(
      value.split(",").map((pair) => {
        const at = pair.indexOf("=");
        return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
      }),
    ),
  ),
]);

/** Every name, in the order of the documents. */
export const CONTEXT = {
  stackName: {
    schema: text(/^[A-Za-z][A-Za-z0-9-]{0,57}$/, "is no name of letters, digits and hyphens, 58 at most"),
    byDefault: "Lamella",
    meaning: "name of the stack and of its state machine; another name is another stack",
  },
  tags: { schema: tags, byDefault: "", meaning: "tags of every resource: `project=screens,owner=lab`" },
  runRetentionDays: {
    schema: whole(1, 3650),
    byDefault: String(DEFAULTS.runRetentionDays),
    meaning: "days until a run's folder in the control bucket expires; a run can be resumed until then",
  },
  logRetentionDays: {
    schema: number.pipe(
      z.number().refine((days) => RETENTIONS.includes(days), `is none of ${RETENTIONS.join(", ")}`),
    ),
    byDefault: String(DEFAULTS.logRetentionDays),
    meaning: "days that logs are kept, one of CloudWatch's terms",
  },
  runTimeoutHours: {
    schema: whole(1, 8760),
    byDefault: String(DEFAULTS.runTimeoutHours),
    meaning:
      "hours after which a run that still goes is ended as timed out, with an alarm; it can be resumed",
  },
  tiersMB: {
    schema: list(whole(512, 10_240)).refine((tiers) => new Set(tiers).size === tiers.length, {
      error: "has a tier twice",
    }),
    byDefault: DEFAULTS.tiersMB.join(","),
    meaning:
      "memory of the functions that compute, MB: each stage gets what suits it, and what runs out of it goes to the next; a new account may have 3008 at most",
  },
  maxConcurrency: {
    schema: whole(1, 10_000),
    byDefault: String(DEFAULTS.maxConcurrency),
    meaning: "functions that one stage of a run has at once; what an account's 1,000 leave is for all else",
  },
  kmsKey: {
    schema: text(new RegExp(`^(?:own|${KEY})$`), 'is neither "own" nor the ARN of a key'),
    byDefault: "",
    meaning:
      "`own` makes a customer-managed key, an ARN names one: for buckets, queue, topic, logs, variables and the state machine",
  },
  versioning: { schema: flag, byDefault: "false", meaning: "keeps earlier versions in the data bucket" },
  dataBucket: {
    schema: text(new RegExp(`^${BUCKET}$`), "is no name of a bucket"),
    byDefault: "",
    meaning: "an existing bucket of this account to work in, instead of a new one",
  },
  inputBuckets: {
    schema: list(inputBucket),
    byDefault: "",
    meaning:
      "further buckets that runs may read: `BUCKET`, `BUCKET/FOLDER`, with `@ROLE-ARN` behind it for another account's",
  },
  vpc: {
    schema: text(/^(?:own|vpc-[0-9a-f]{8,17})$/, 'is neither "own" nor an id such as vpc-0a1b2c3d'),
    byDefault: "",
    meaning: "`own` runs functions in a new network without a way out, an id in that network",
  },
  vpcSubnets: {
    schema: list(text(/^subnet-[0-9a-f]{8,17}$/, "is no id such as subnet-0a1b2c3d")),
    byDefault: "",
    meaning: "with an id in `vpc`: the subnets to run in",
  },
  vpcSecurityGroups: {
    schema: list(text(/^sg-[0-9a-f]{8,17}$/, "is no id such as sg-0a1b2c3d")),
    byDefault: "",
    meaning: "with an id in `vpc`: the security groups to run with",
  },
  httpsHosts: {
    schema: list(
      z.union([z.enum(["public", "none"]), text(HOST, "")], "is no host name, *.NAME, public or none"),
    ).refine((hosts) => hosts.length === 1 || !hosts.some((host) => host === "public" || host === "none"), {
      error: "public and none stand alone",
    }),
    byDefault: "public",
    meaning:
      "web hosts that runs may read from: names, `*.example.org`, `public` (any but private addresses) or `none`",
  },
  uploadKernels: {
    schema: flag,
    byDefault: "false",
    meaning:
      "steps of uploads and requests may use own kernels that deployers put there by `lamella publish`",
  },
  alarms: { schema: flag, byDefault: "true", meaning: "alarms, sent with failed runs to a topic of SNS" },
  dashboard: { schema: flag, byDefault: "true", meaning: "a dashboard in CloudWatch" },
  alarmEmail: {
    schema: z.email("is no address"),
    byDefault: "",
    meaning: "subscribed to the topic; confirm it from the mail that comes",
  },
  budgetUsd: {
    schema: number.pipe(z.number().positive().max(1e7)),
    byDefault: "",
    meaning:
      "a monthly budget of the stack's tag, told of at 80 %, at 100 % and when it is forecast to be passed",
  },
  bioFormatsImage: {
    schema: text(
      /^[\w.-]+(?::\d+)?(?:\/[\w.-]+)*(?::[\w.-]+)?(?:@sha256:[0-9a-f]{64})?$/,
      "is no container image",
    ),
    byDefault: "",
    meaning:
      "a container image with a shell, `aws` and `bfconvert`; adds the container task for other formats",
  },
} as const satisfies { readonly [name: string]: ContextValue };

/** Names that are CDK's, cdk-nag's or another tool's: they have a colon, a slash or an @. */
const FOREIGN = /[:/@]/;

/**
 * Reads the app's context. Throws UNKNOWN_KEY for a name that isn't there, with the nearest, and INVALID_ARGUMENT for a value
 * that isn't understood, or that needs another.
 */
export function readContext(context: { readonly [name: string]: unknown }): AppContext {
  const values: { [name: string]: unknown } = {};
  for (const [name, value] of Object.entries(context)) {
    if (FOREIGN.test(name) || name === "cli-context") continue;
    if (!Object.hasOwn(CONTEXT, name)) throw unknown(name);
    if (value === "" || value === undefined || value === null) continue;
    const result = CONTEXT[name as keyof typeof CONTEXT].schema.safeParse(value);
    if (!result.success) throw malformed(name, value, result.error);
    values[name] = result.data;
  }
  const { stackName, tags, ...options } = values as {
    stackName?: string;
    tags?: { [key: string]: string };
  } & LamellaOptions;
  checkOptions(options);
  return { ...(stackName ? { stackName } : {}), tags: tags ?? {}, options };
}

/** What goes with what; for options that come from a user's own app as well. Throws INVALID_ARGUMENT. */
export function checkOptions(options: LamellaOptions): void {
  const { vpc, vpcSubnets, vpcSecurityGroups, alarms, alarmEmail, budgetUsd } = options;
  const { runRetentionDays, runTimeoutHours } = { ...DEFAULTS, ...options };
  if (runTimeoutHours > 24 * runRetentionDays)
    throw invalid(
      `a run may go on for ${runTimeoutHours} hours (runTimeoutHours), and its folder goes after ${runRetentionDays} days (runRetentionDays)`,
      { hint: `Lower runTimeoutHours to ${24 * runRetentionDays}, or keep the folders for longer.` },
    );
  const named = vpc !== undefined && vpc !== "own";
  if (named && !(vpcSubnets?.length && vpcSecurityGroups?.length))
    throw invalid("vpc names a network, but vpcSubnets or vpcSecurityGroups say nothing of where in it", {
      hint: "Give both: -c vpcSubnets=subnet-… -c vpcSecurityGroups=sg-…",
    });
  if (!named && (vpcSubnets || vpcSecurityGroups))
    throw invalid("vpcSubnets and vpcSecurityGroups go with the id of a network in vpc", {
      hint: "Give -c vpc=vpc-…, or leave them out.",
    });
  if (alarms === false && (alarmEmail || budgetUsd))
    throw invalid("alarmEmail and budgetUsd need the topic, which alarms=false leaves out", {
      hint: "Leave alarms=false out.",
    });
}

function unknown(name: string): LamellaError {
  const nearest = nearestName(name, Object.keys(CONTEXT));
  return new LamellaError("UNKNOWN_KEY", `the context has a value "${name}", which the stack doesn't know`, {
    hint: nearest ? `Did you mean ${nearest}?` : `It knows ${Object.keys(CONTEXT).join(", ")}.`,
    details: { name },
  });
}

function malformed(name: string, value: unknown, error: z.ZodError): LamellaError {
  const shown = typeof value === "string" ? value : JSON.stringify(value);
  return invalid(`the context value ${name}=${shown} ${saying(error)}`, {
    hint: `${name}: ${CONTEXT[name as keyof typeof CONTEXT].meaning}.`,
  });
}

function saying(error: z.ZodError): string {
  const message = error.issues[0]?.message ?? "";
  return /^(?:is|are) |stand alone/.test(message) ? message : `isn't understood: ${message}`;
}

function invalid(message: string, { hint }: { readonly hint: string }): LamellaError {
  return new LamellaError("INVALID_ARGUMENT", message, { hint });
}
