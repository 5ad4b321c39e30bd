import type { StageFunction, StageTurn } from "../shared/engine/protocol.ts";
import { setting } from "./environment.ts";

const VARIABLES = {
  "run-tasks": "RUN_TASKS_FUNCTION",
  reduce: "REDUCE_FUNCTION",
  pyramid: "PYRAMID_FUNCTION",
} as const satisfies Record<StageFunction, string>;

/** A turn of the stage loop with the ARN that the state machine invokes for its batches. */
export function withFunction(turn: StageTurn): StageTurn & { readonly functionArn?: string } {
  return turn.function ? { ...turn, functionArn: setting(VARIABLES[turn.function]) } : turn;
}
