import type { Plan, Stage } from "../shared/plan/schema.ts";

/** A stage or an array of a plan, or a place that a flow over several rows passes through; with what comes before it. */
export interface GraphNode {
  readonly id: string;
  readonly stage?: number;
  readonly array?: string;
  readonly inputs: string[];
  /** How far from the beginning: one more than the farthest of what comes before. */
  rank: number;
}

/** Stages and arrays as one graph: a stage comes after the arrays and the side files that it reads, an array after the stages that write it. */
export function planGraph(plan: Plan): GraphNode[] {
  const nodes = new Map<string, GraphNode>();
  const arrayNode = (array: string): GraphNode => {
    const id = `array ${array}`;
    let node = nodes.get(id);
    if (!node) {
      node = { id, array, inputs: [], rank: 0 };
      nodes.set(id, node);
    }
    return node;
  };
  /** Which stage left side files of a name last: partial states, faces of labels. */
  const sides = new Map<string, string>();
  for (const [i, stage] of plan.stages.entries()) {
    const id = `stage ${i}`;
    const uses = usesOf(stage);
    const inputs = uses.reads.map((array) => arrayNode(array).id);
    for (const side of new Set(uses.sides)) {
      const before = sides.get(side);
      if (before !== undefined) inputs.push(before);
      sides.set(side, id);
    }
    nodes.set(id, { id, stage: i, inputs: [...new Set(inputs)], rank: 0 });
    for (const array of uses.writes) arrayNode(array).inputs.push(id);
  }
  for (let round = 0, moved = true; moved && round <= nodes.size; round++) {
    moved = false;
    for (const node of nodes.values()) {
      const rank = node.inputs.reduce((most, input) => Math.max(most, nodes.get(input)!.rank + 1), 0);
      if (rank <= node.rank) continue;
      node.rank = rank;
      moved = true;
    }
  }
  return [...nodes.values()];
}

interface Uses {
  readonly reads: string[];
  readonly writes: string[];
  readonly sides: string[];
}

/** Where a stage, of whatever kind, names arrays and files of the run's folder. */
function usesOf(stage: Stage): Uses {
  const uses: Uses = { reads: [], writes: [], sides: [] };
  const visit = (value: unknown, key: string, inProgram: boolean): void => {
    if (Array.isArray(value)) for (const each of value) visit(each, key, inProgram);
    else if (typeof value === "object" && value !== null) {
      for (const [name, each] of Object.entries(value))
        visit(each, name, inProgram || /program$/i.test(name));
    } else if (typeof value === "string") {
      if (key === "arrays") uses.reads.push(value);
      else if (key === "array") (inProgram ? uses.reads : uses.writes).push(value);
      else if (inProgram) return;
      else if (key === "mask" && readsMask(stage)) uses.reads.push(value);
      else if (SIDES.has(key)) uses.sides.push(value);
    }
  };
  visit(stage, "", false);
  return uses;
}

/** Labels are joined from the faces of blocks alone. */
function readsMask(stage: Stage): boolean {
  return stage.kind !== "label" || (stage.phase !== "join" && stage.phase !== "union");
}

const SIDES = new Set(["side", "statesIn", "statesOut", "sought", "into"]);

/** The same graph with a place in each row that a flow passes, so that it can be led between the boxes there. */
export function withPassages(nodes: readonly GraphNode[]): GraphNode[] {
  const ranks = new Map(nodes.map(({ id, rank }) => [id, rank]));
  const passages = new Map<string, GraphNode>();
  const led = nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map((input) => {
      let last = input;
      for (let rank = ranks.get(input)! + 1; rank < node.rank; rank++) {
        // What comes from one place goes together as far as it can.
        const id = `past ${rank} from ${input}`;
        if (!passages.has(id)) passages.set(id, { id, inputs: [last], rank });
        last = id;
      }
      return last;
    }),
  }));
  return [...led, ...passages.values()];
}
