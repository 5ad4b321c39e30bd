import { stripVTControlCharacters } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Progress } from "../../../cli/progress/progress.ts";
import type { RunEvent } from "../../../shared/engine/run-events.ts";
import type { Plan } from "../../../shared/plan/schema.ts";

const ERASE = "\r\u001b[J";
const NAMES = ["smooth", "a-step-whose-name-is-far-too-long-for-any-column-of-a-terminal", "滑らかな核"];
const plan = {
  stages: NAMES.map((name) => ({ name, tasks: 1200 })),
  budget: { memoryMiB: 512, workers: 2 },
} as unknown as Plan;

/** A stream that keeps what is written, and a terminal that shows what is on it. */
class Screen {
  readonly isTTY: boolean;
  columns: number;
  written = "";

  constructor(columns: number, isTTY = true) {
    this.columns = columns;
    this.isTTY = isTTY;
  }

  write(text: string): boolean {
    this.written += text;
    return true;
  }

  get stream(): NodeJS.WriteStream {
    return this as unknown as NodeJS.WriteStream;
  }

  /** What is on the screen: each drawing overwrites the one before. */
  get lines(): string[] {
    const lines: string[] = [""];
    for (const part of this.written.replaceAll(ERASE, "\n\r\n").split(/(\n\r\n|\n)/)) {
      if (part === "\n") lines.push("");
      else if (part === "\n\r\n") lines[lines.length - 1] = "";
      else lines[lines.length - 1] += stripVTControlCharacters(part);
    }
    return lines;
  }
}

const keptEnvironment = { ...process.env };
beforeEach(() => {
  process.env["NO_COLOR"] = "1";
  process.env["CI"] = "";
  process.env["TERM"] = "xterm";
});
afterEach(() => {
  process.env = { ...keptEnvironment };
});

function stage(index: number, done = 0): RunEvent {
  return { type: "stage", stage: index, name: NAMES[index]!, tasks: 1200, done };
}

function batch(index: number, done: number, seconds: number): RunEvent {
  return { type: "batch", stage: index, done, tasks: 1200, bytesRead: 3e8, bytesWritten: 1e8, seconds };
}

function end(index: number): RunEvent {
  const report = {
    ...{ name: NAMES[index]!, kind: "map", tasks: 1200, seconds: 12.5 },
    ...{ bytesRead: 3e8, bytesWritten: 1e8, projectedMiB: 400, peakMiB: 300 },
  };
  return { type: "stage-end", stage: index, report };
}

test("one line a stage that moves, with tasks, speed, time left and memory; what is done stays", async () => {
  const screen = new Screen(140);
  const progress = new Progress({ plan, memory: () => 256 * 2 ** 20, stream: screen.stream });
  progress.on(stage(0));
  await new Promise((resolve) => setTimeout(resolve, 120));
  progress.on(batch(0, 300, 4));
  expect(screen.lines).toHaveLength(1);
  expect(screen.lines[0]).toMatch(
    /smooth .*████░+ .*25% .*300\/1,200 .*100 MB\/s .*ETA 1[12]\.\d s .*256 of 512 MiB/,
  );
  progress.on(end(0));
  progress.on(stage(1));
  const [first, second] = screen.lines;
  expect(first).toMatch(
    /^✓ {2}smooth +1,200 tasks +12\.5 s +32\.0 MB\/s +read 300 MB +wrote 100 MB +peak 300 of 400 MiB$/,
  );
  expect(second).toContain("0/1,200");
  progress.close();
  expect(screen.lines.at(-1)).toBe("");
});

test("time left goes by what this attempt did, not by what was done before", async () => {
  const screen = new Screen(140);
  const progress = new Progress({ plan, stream: screen.stream });
  progress.on(stage(0, 600));
  expect(screen.lines[0]).toBe("smooth: 600 of 1,200 tasks were done before");
  await new Promise((resolve) => setTimeout(resolve, 120));
  progress.on(batch(0, 900, 5));
  expect(screen.lines[1]).toMatch(/75% .*ETA [45]\.\d s/);
  progress.close();
});

test.each([200, 100, 80, 40, 20, 10])(
  "a terminal of %d columns holds each line, and columns don't slip",
  (columns) => {
    const screen = new Screen(columns);
    const progress = new Progress({ plan, memory: () => 2 ** 28, stream: screen.stream });
    for (const i of NAMES.keys()) {
      progress.on(stage(i));
      progress.on(batch(i, 300, 4));
      progress.on(end(i));
    }
    const lines = screen.lines.filter((line) => line !== "");
    expect(lines).toHaveLength(3);
    // A character of Chinese takes two columns.
    const widths = lines.map((line) => [...line].reduce((n, c) => n + (c > "\u2e7f" ? 2 : 1), 0));
    for (const width of widths) expect(width).toBeLessThan(columns);
    if (columns < 80) return;
    const at = lines.map((line) => {
      const before = line.slice(0, line.indexOf("1,200"));
      return [...before].reduce((n, c) => n + (c > "\u2e7f" ? 2 : 1), 0);
    });
    expect(new Set(at).size).toBe(1);
  },
);

test("a terminal that got narrower is cleared of the rows that its line wrapped to", () => {
  const screen = new Screen(100);
  const progress = new Progress({ plan, memory: () => 2 ** 28, stream: screen.stream });
  progress.on(stage(0));
  screen.columns = 30;
  screen.written = "";
  progress.note("note");
  // 90 columns and more on a terminal of 30 are three rows or four.
  const up = ["\u001b[2A", "\u001b[3A"].map((rows) => `${rows}${ERASE}note\n`);
  expect(up).toContain(screen.written);
  progress.close();
});

test("a log gets plain lines, no control characters, and what a name hides is not played", () => {
  const screen = new Screen(80, false);
  const progress = new Progress({ plan, verbose: true, stream: screen.stream });
  progress.on({ type: "stage", stage: 0, name: "evil\u001b[2J\rname", tasks: 3, done: 1 });
  const item = { batch: 7, start: 1, end: 2 };
  progress.on({ type: "retry", stage: 0, item, attempt: 1, code: "WORKER_DIED", message: "it died" });
  progress.on({
    ...(batch(0, 2, 1) as Extract<RunEvent, { type: "batch" }>),
    batch: { ...item, seconds: 1, bytesRead: 10, bytesWritten: 20 },
  });
  expect(screen.written).not.toContain("\u001b");
  expect(screen.written).not.toContain("\r");
  expect(screen.lines).toEqual([
    "evil [2J name: 1 of 3 tasks were done before",
    "retry[WORKER_DIED]: evil [2J name, task 1: it died",
    "  evil [2J name 1 to 1: 1.0 s, read 10 B, wrote 20 B",
    "",
  ]);
});

test("--quiet says nothing, and a build server's terminal counts as a log", () => {
  const screen = new Screen(80);
  const quiet = new Progress({ plan, quiet: true, stream: screen.stream });
  for (const event of [stage(0), batch(0, 300, 4), end(0)]) quiet.on(event);
  quiet.note("nothing");
  expect(screen.written).toBe("");
  process.env["CI"] = "true";
  const built = new Progress({ plan, stream: screen.stream });
  for (const event of [stage(0), batch(0, 300, 4), end(0)]) built.on(event);
  expect(screen.written).toMatch(/^✓ {2}smooth .*\n$/);
});
