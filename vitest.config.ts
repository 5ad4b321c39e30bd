import path from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  // the example of an own CDK app, without a build
  resolve: { alias: { "lamella/infra": path.resolve(import.meta.dirname, "infra/index.ts") } },
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["**/node_modules/**"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 600_000,
    // what is waited for may take long on a busy computer, and a second (the default) is for an idle one
    expect: { poll: { timeout: 20_000 } },
    globalSetup: ["test/setup/build.ts"],
    setupFiles: ["test/setup/properties.ts"],
  },
});
