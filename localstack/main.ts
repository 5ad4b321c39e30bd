#!/usr/bin/env node
import { awsEnvironment } from "./environment.ts";
import { runningInstance } from "./instance.ts";
import { deploy, destroy } from "./stack.ts";
import { start, stop } from "./start.ts";

const USAGE = `npm run localstack -- COMMAND [--port N] [--name NAME]

  start      starts LocalStack (installs it first, where Docker doesn't run it)
  deploy     bootstraps it and deploys the stack
  env        prints the variables that point cdk, aws and lamella at it, for eval
  destroy    removes the stack
  stop       ends it; its state is gone`;

const say = (line: string): void => console.error(line);

function option(name: string, fallback: string): string {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : (process.argv[at + 1] ?? fallback);
}

async function main(): Promise<void> {
  const name = option("name", "default");
  const port = Number(option("port", process.env["LOCALSTACK_PORT"] ?? "4566"));
  const required = async () => {
    const instance = await runningInstance(name);
    if (!instance) throw new Error("LocalStack does not run: npm run localstack -- start");
    return instance;
  };
  switch (process.argv[2]) {
    case "start": {
      const { endpoint } = await start(name, port, say);
      say(`LocalStack answers at ${endpoint}`);
      break;
    }
    case "deploy":
      console.log(JSON.stringify(await deploy(await required(), true), null, 2));
      break;
    case "env": {
      const { endpoint } = await required();
      for (const [key, value] of Object.entries(awsEnvironment(endpoint)))
        console.log(`export ${key}=${value}`);
      break;
    }
    case "destroy":
      await destroy(await required(), true);
      break;
    case "stop":
      await stop(name);
      break;
    default:
      say(USAGE);
      process.exitCode = 2;
  }
}

main().catch((error: unknown) => {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
