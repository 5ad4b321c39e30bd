import type { StageFunction, StageTurn } from "../shared/engine/protocol.ts";
import type { TurnOptions } from "../shared/engine/stage-loop.ts";
import { setting } from "./environment.ts";
import type { LambdaContext } from "./handler.ts";

const VARIABLES = {
  "run-tasks": "RUN_TASKS_FUNCTIONS",
  reduce: "REDUCE_FUNCTIONS",
  pyramid: "PYRAMID_FUNCTIONS",
} as const satisfies Record<StageFunction, string>;

/** A turn with the functions that its batches may go to, the chosen tier first, and the larger ones after it. */
export type DeployedTurn = StageTurn & {
  readonly functions?: readonly string[];
  readonly tiersMB?: readonly number[];
  readonly lastTier?: number;
};

/** What the stack says of its functions: their memory, and how many of them a stage may run at once. */
export function turnOptions(context: LambdaContext): TurnOptions {
  return {
    tiersMB: listed("TIERS_MB").map(Number),
    concurrency: Number(setting("MAX_CONCURRENCY")),
    remainingMs: context.getRemainingTimeInMillis(),
  };
}

/** A turn of the stage loop with the published versions of the functions that the state machine invokes for its batches. */
export function withFunctions(turn: StageTurn): DeployedTurn {
  if (!turn.function || turn.tierMB === undefined) return turn;
  const from = listed("TIERS_MB").indexOf(String(turn.tierMB));
  const functions = listed(VARIABLES[turn.function]).slice(from);
  const tiersMB = listed("TIERS_MB").slice(from).map(Number);
  return { ...turn, functions, tiersMB, lastTier: functions.length - 1 };
}

function listed(variable: string): string[] {
  return setting(variable).split(",");
}
