import { spawn, spawnSync } from "node:child_process";
import { pathToFileURL } from "node:url";
import { folderFor, redirectPage } from "./redirect-page.ts";

/** Opens an address in this person's browser; false where there is none to be seen, or it can't be told in secret. */
export function openBrowser(url: string): boolean {
  const { platform, env } = process;
  const file =
    platform === "darwin"
      ? "open"
      : platform === "win32"
        ? "explorer.exe"
        : env["DISPLAY"] || env["WAYLAND_DISPLAY"]
          ? "xdg-open"
          : undefined;
  if (!file || env["CI"]) return false;
  try {
    const page = redirectPage(url, file === "xdg-open" ? folderFor(defaultBrowser()) : undefined);
    const place = platform === "win32" ? page.file : pathToFileURL(page.file).href;
    const child = spawn(file, [place], { stdio: "ignore", detached: true });
    child.once("error", () => page.remove());
    child.unref();
    return true;
  } catch {
    // A full disk, or a folder that can't be written to: the address is printed in any case.
    return false;
  }
}

/** The desktop file of the browser that this person has chosen; "" where that isn't known. */
function defaultBrowser(): string {
  const { stdout } = spawnSync("xdg-settings", ["get", "default-web-browser"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    timeout: 2000,
  });
  return stdout ?? "";
}
