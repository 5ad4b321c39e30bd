import { defineConfig } from "vite";

/** Relative addresses, since the server's address has a secret in its path; nothing inline, since its policy forbids it. */
export default defineConfig({
  base: "./",
  oxc: { jsx: { runtime: "automatic" } },
  build: {
    target: "es2024",
    modulePreload: false,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 4000,
    license: { fileName: "THIRD-PARTY-LICENSES.md" },
  },
});
