import { spawn } from "node:child_process";

/** Opens an address in this person's browser; false where there is none to be seen. */
export function openBrowser(url: string): boolean {
  const { platform, env } = process;
  const command =
    platform === "darwin"
      ? ["open", url]
      : platform === "win32"
        ? ["explorer.exe", url]
        : env["DISPLAY"] || env["WAYLAND_DISPLAY"]
          ? ["xdg-open", url]
          : undefined;
  if (!command || env["CI"]) return false;
  const [file, ...parameters] = command;
  const child = spawn(file!, parameters, { stdio: "ignore", detached: true });
  child.once("error", () => {});
  child.unref();
  return true;
}
