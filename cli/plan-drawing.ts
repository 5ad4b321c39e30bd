import { projectedPeaks } from "../shared/plan/budget.ts";
import type { Plan, Stage } from "../shared/plan/schema.ts";
import { threadsOf } from "../shared/plan/threads.ts";
import { formatBytes, formatCount, formatSeconds } from "./format.ts";
import { type GraphNode, planGraph, withPassages } from "./plan-graph.ts";

const STAGE = { width: 330, line: 17, pad: 12 };
const ARRAY = { width: 280, height: 62 };
const GAP = { across: 36, down: 46 };
const MARGIN = 24;
/** Room for a flow between boxes. */
const PASSAGE = 8;
/** Characters that fit a line of a box. */
const LINE = 46;

interface Placed {
  readonly node: GraphNode;
  readonly lines: readonly string[];
  readonly width: number;
  /** Of a passage: its row's. */
  height: number;
  x: number;
  y: number;
}

/** A plan as a drawing: a box for each stage, a pill for each array, and what flows between them, from above to below. */
export function drawPlan(plan: Plan): string {
  const peaks = projectedPeaks(plan.stages, threadsOf(plan.stages, plan.budget.workers));
  const placed = new Map<string, Placed>();
  for (const node of withPassages(planGraph(plan))) {
    if (isPassage(node)) {
      placed.set(node.id, { node, lines: [], width: PASSAGE, height: 0, x: 0, y: 0 });
      continue;
    }
    const lines =
      node.stage === undefined
        ? arrayLines(plan, node.array!)
        : stageLines(plan.stages[node.stage]!, peaks[node.stage]!);
    const [width, height] =
      node.stage === undefined
        ? [ARRAY.width, Math.max(ARRAY.height, lines.length * STAGE.line + 11)]
        : [STAGE.width, lines.length * STAGE.line + 2 * STAGE.pad];
    placed.set(node.id, { node, lines, width, height, x: 0, y: 0 });
  }
  const size = place([...placed.values()], placed);
  const edges = [...placed.values()].flatMap((to) =>
    to.node.inputs.map((input) => edge(placed.get(input)!, to)),
  );
  const boxes = [...placed.values()].filter(({ node }) => !isPassage(node)).map((each) => box(each, plan));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" width="${size.width}" height="${size.height}" font-family="Helvetica, Arial, DejaVu Sans, sans-serif" font-size="12">
<title>${escaped(`Plan ${plan.hash.slice(0, 16)}`)}</title>
<style>${STYLE}</style>
<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" class="head"/></marker></defs>
<rect width="100%" height="100%" class="page"/>
${edges.join("\n")}
${boxes.join("\n")}
</svg>
`;
}

/** Rows by rank; in a row everything stands below what it comes from, as far as there is room. */
function place(all: readonly Placed[], byId: ReadonlyMap<string, Placed>): { width: number; height: number } {
  const rows: Placed[][] = [];
  for (const each of all) {
    const row = rows[each.node.rank];
    if (row) row.push(each);
    else rows[each.node.rank] = [each];
  }
  let y = MARGIN;
  for (const row of rows) {
    row.sort((a, b) => above(a, byId) - above(b, byId));
    let right = Number.NEGATIVE_INFINITY;
    let moved = 0;
    for (const each of row) {
      const wanted = above(each, byId) - each.width / 2;
      each.x = Math.max(wanted, right + GAP.across);
      moved += each.x - wanted;
      right = each.x + each.width;
      each.y = y;
    }
    // What had to make room did so to the right: the row goes back by the mean of it.
    for (const each of row) each.x -= moved / row.length;
    const height = Math.max(...row.map((each) => each.height));
    for (const each of row) if (isPassage(each.node)) each.height = height;
    y += height + GAP.down;
  }
  const left = Math.min(...all.map((each) => each.x)) - MARGIN;
  for (const each of all) each.x = Math.round(each.x - left);
  const width = Math.max(...all.map((each) => each.x + each.width)) + MARGIN;
  return { width, height: Math.max(2 * MARGIN, y - GAP.down + MARGIN) };
}

/** The middle of what a node comes from. */
function above({ node }: Placed, byId: ReadonlyMap<string, Placed>): number {
  const middles = node.inputs.map((input) => byId.get(input)!).map(({ x, width }) => x + width / 2);
  return middles.length === 0 ? 0 : middles.reduce((a, b) => a + b, 0) / middles.length;
}

function isPassage({ stage, array }: GraphNode): boolean {
  return stage === undefined && array === undefined;
}

function edge(from: Placed, to: Placed): string {
  const [x1, y1] = [from.x + from.width / 2, from.y + from.height];
  const [x2, y2] = [to.x + to.width / 2, to.y];
  const bend = Math.min(GAP.down, (y2 - y1) / 2);
  const curve = `M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`;
  if (isPassage(to.node)) return `<path d="${curve}V${y2 + to.height}" class="flow"/>`;
  return `<path d="${curve}" class="flow" marker-end="url(#head)"/>`;
}

/** Colours by class, so that a drawing in a dark page, or opened by itself in a dark browser, is dark too. */
const STYLE = `.page{fill:#fff}.stage{fill:#fff}.input{fill:#e8f0fa}.output{fill:#e6f4e4}.intermediate{fill:#f3f0e6}.box{stroke:#667}.flow{fill:none;stroke:#667}.head{fill:#667}text{fill:#1d2129}.more{fill:#445}
@media (prefers-color-scheme:dark){.page{fill:#1b1f26}.stage{fill:#232831}.input{fill:#1f3450}.output{fill:#1f3b2c}.intermediate{fill:#3a3424}.box,.flow{stroke:#8b94a5}.head{fill:#8b94a5}text{fill:#e6e8ec}.more{fill:#b3bac6}}`;

function box({ node, lines, x, y, width, height }: Placed, plan: Plan): string {
  const array = node.array === undefined ? undefined : plan.arrays[node.array];
  const kind = array ? array.role : "stage";
  const round = array ? 24 : 4;
  const left = array ? x + width / 2 : x + STAGE.pad;
  const anchor = array ? ` text-anchor="middle"` : "";
  const top = array ? y + 18 : y + STAGE.pad + 12;
  const text = lines.map((line, i) => {
    const style = i === 0 ? ` font-weight="600"` : ` class="more"`;
    return `<text x="${left}" y="${top + i * STAGE.line}"${anchor}${style}>${escaped(line)}</text>`;
  });
  return `<g><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${round}" class="box ${kind}"/>${text.join("")}</g>`;
}

function stageLines(stage: Stage, peak: number): string[] {
  const { estimate, memory } = stage;
  const kind = stage.kind === "label" ? `label ${stage.phase}` : stage.kind;
  const steps = fusedSteps(stage);
  const lines = [
    `${cut(stage.name, LINE - kind.length - 3)} (${kind})`,
    ...(steps.length > 1 || (steps.length === 1 && steps[0] !== stage.name)
      ? wrapped(steps.join(" → "))
      : []),
    `${formatCount(stage.tasks)} ${stage.tasks === 1 ? "task" : "tasks"}${"grid" in stage ? ` of ${stage.grid.block.join(" x ")}` : ""}`,
    `reads ${formatBytes(estimate.bytesRead)}, writes ${formatBytes(estimate.bytesWritten)}`,
    `${mib(memory.heap + memory.buffers)} MiB a task, ${mib(peak)} MiB in all; CPU ${formatSeconds(estimate.cpuSeconds)}`,
  ];
  return lines;
}

/** The steps that a stage computes, in their order; none where it only copies. */
function fusedSteps(stage: Stage): string[] {
  const program = "program" in stage ? stage.program : undefined;
  return [...new Set((program?.nodes ?? []).flatMap((node) => ("step" in node ? [node.step] : [])))];
}

function arrayLines(plan: Plan, id: string): string[] {
  const array = plan.arrays[id]!;
  const { shape, dtype } = array.role === "input" ? array : array.spec;
  const chunks = array.role === "input" ? array.chunkShape : (array.spec.shardShape ?? array.spec.chunkShape);
  const size = shape.length === 0 ? "a single value" : shape.join(" x ");
  return [
    cut(id, 38),
    cut(`${dtype}, ${size}`, 42),
    ...(shape.length === 0 ? [] : [cut(`in chunks of ${chunks.join(" x ")}`, 42)]),
    ...(array.role === "intermediate" ? ["until the run is done"] : []),
  ];
}

/** At most three lines. */
function wrapped(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < LINE) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.length <= 3 ? lines : [...lines.slice(0, 2), `${cut(lines[2]!, LINE - 2)} …`];
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

function mib(bytes: number): number {
  return Math.ceil(bytes / 2 ** 20);
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
