// A Node Lambda runtime: loads the handler, an ES module, then answers invocations over Lambda's Runtime API
// (2018-06-01). Each invocation's log ends with a mark, so that the executor knows which lines are its own.
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const write = console.log;
let requestId = "";

function call(method, resource, body) {
  const headers =
    body === undefined
      ? {}
      : { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const options = { host, port, method, path: `/2018-06-01/runtime${resource}`, agent, headers };
    const request = http.request(options, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode,
          headers: response.headers,
          body: Buffer.concat(parts).toString(),
        }),
      );
    });
    request.on("error", reject);
    request.end(body);
  });
}

function errorObject(error) {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? "").split("\n") };
}

for (const level of ["log", "info", "debug", "warn", "error", "trace"]) {
  const label = level === "log" ? "INFO" : level.toUpperCase();
  console[level] = (...values) => write(`${new Date().toISOString()}\t${requestId}\t${label}`, ...values);
}

function dies(code, what) {
  return (error) => {
    console.error(what, JSON.stringify(errorObject(error)));
    process.exit(code);
  };
}
process.on("uncaughtException", dies(129, "Uncaught Exception"));
process.on("unhandledRejection", dies(128, "Unhandled Rejection"));

async function load() {
  const [file, name] = process.env._HANDLER.split(".");
  const module = path.resolve(process.env.LAMBDA_TASK_ROOT, `${file}.mjs`);
  const { [name]: handler } = await import(pathToFileURL(module).href);
  if (typeof handler === "function") return handler;
  throw Object.assign(new Error(`${process.env._HANDLER} is not exported`), {
    name: "Runtime.HandlerNotFound",
  });
}

function contextOf(headers) {
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  return {
    awsRequestId: requestId,
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

let handler;
try {
  handler = await load();
} catch (error) {
  console.error("Init error", JSON.stringify(errorObject(error)));
  await call("POST", "/init/error", JSON.stringify(errorObject(error)));
  process.exit(1);
}

for (;;) {
  const next = await call("GET", "/invocation/next");
  if (next.status !== 200) process.exit(0);
  requestId = next.headers["lambda-runtime-aws-request-id"];
  let outcome = "response";
  let answer;
  try {
    const event = next.body === "" ? undefined : JSON.parse(next.body);
    answer = JSON.stringify((await handler(event, contextOf(next.headers))) ?? null);
  } catch (error) {
    console.error("Invoke Error", JSON.stringify(errorObject(error)));
    outcome = "error";
    answer = JSON.stringify(errorObject(error));
  }
  fs.writeSync(1, `\0END ${requestId}\n`);
  await call("POST", `/invocation/${requestId}/${outcome}`, answer);
  requestId = "";
}
