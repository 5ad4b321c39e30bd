import type { Plan } from "../../plan/schema.ts";

export interface ServeWorkerSetup {
  readonly module: WebAssembly.Module;
}

/** A plan whose tasks will come. */
export interface OpenedPlan {
  readonly plan: Plan;
  /** The run's folder: where whole-array results are, and own kernels. */
  readonly folder: string;
  readonly cacheBytes: number;
}

/** Objects by their key in the run's folder; undefined: it holds the fill value alone. */
export type Objects = readonly (readonly [key: string, bytes: Uint8Array | undefined])[];

/** Plans that come and go, by number; one task, with the objects that it reads of what is never stored; or the end of one. */
export type ServeCall =
  | { readonly kind: "open"; readonly plan: number; readonly opened: OpenedPlan }
  | { readonly kind: "forget"; readonly plan: number }
  | {
      readonly kind: "task";
      readonly id: number;
      readonly plan: number;
      readonly stage: number;
      readonly task: number;
      readonly given: Objects;
    }
  | { readonly kind: "cancel"; readonly id: number };

export type ServeAnswer = { readonly id: number } & (
  | { readonly ok: true; readonly written: Objects; readonly bytesRead: number }
  | {
      readonly ok: false;
      readonly error: { code: string; message: string; hint: string | null; details: unknown };
    }
);
