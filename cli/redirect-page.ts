import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/** How long a browser that is only starting has to read it, ms. */
const KEPT = 60_000;

/** A file that leads a browser to an address, for its owner alone. */
export interface RedirectPage {
  readonly file: string;
  remove(): void;
}

/**
 * Writes a page that leads to an address. The address holds the secret of the server, and what a program is started with can be
 * read by every user of the computer: so the browser is given this file, which only its owner can read (0600 in a folder of
 * 0700). It goes after a minute, or with the process.
 */
export function redirectPage(url: string, within: string = os.tmpdir()): RedirectPage {
  const folder = mkdtempSync(path.join(within, "lamella-view-"));
  chmodSync(folder, 0o700);
  const file = path.join(folder, "open.html");
  const address = url.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url=${address}">
<title>Lamella</title>
<a href="${address}">Lamella's page</a>
</html>
`;
  writeFileSync(file, html, { mode: 0o600, flag: "wx" });
  const remove = (): void => {
    clearTimeout(timer);
    process.removeListener("exit", remove);
    rmSync(folder, { recursive: true, force: true });
  };
  const timer = setTimeout(remove, KEPT);
  timer.unref();
  process.once("exit", remove);
  return { file, remove };
}

/**
 * Where a browser can read a page: a snap, as Ubuntu's Firefox is, sees no temporary files but its own folder.
 * `desktop` is the desktop file of the browser, "firefox_firefox.desktop" for a snap.
 */
export function folderFor(desktop: string, home: string = os.homedir()): string {
  const snap = /^([a-z0-9-]+)_[\w.-]+\.desktop$/.exec(desktop.trim())?.[1];
  const own = snap === undefined ? undefined : path.join(home, "snap", snap, "common");
  return own !== undefined && existsSync(own) ? own : os.tmpdir();
}
