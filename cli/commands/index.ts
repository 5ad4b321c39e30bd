import type { Command } from "commander";
import { defineAdvise } from "./advise.ts";
import { defineCancel } from "./cancel.ts";
import { defineClean } from "./clean.ts";
import { defineCompletion } from "./completion.ts";
import { defineConvert } from "./convert.ts";
import { defineDeploy } from "./deploy.ts";
import { defineDestroy } from "./destroy.ts";
import { defineDoctor } from "./doctor.ts";
import { defineExport } from "./export.ts";
import { defineInspect } from "./inspect.ts";
import { defineKernels } from "./kernels.ts";
import { defineLogs } from "./logs.ts";
import { defineNew } from "./new.ts";
import { definePlan } from "./plan.ts";
import { definePublish } from "./publish.ts";
import { definePyramid } from "./pyramid.ts";
import { defineReplay } from "./replay.ts";
import { defineReport } from "./report.ts";
import { defineResume } from "./resume.ts";
import { defineRun } from "./run.ts";
import { defineRuns } from "./runs.ts";
import { defineSchema } from "./schema.ts";
import { defineServe } from "./serve.ts";
import { defineStatus } from "./status.ts";
import { defineValidate } from "./validate.ts";
import { defineView } from "./view.ts";
import { defineWatch } from "./watch.ts";

/** Adds a command to the program; `done` takes the exit status of a command that ends without an error. */
export type DefineCommand = (program: Command, done: (status: number) => void) => void;

export const COMMANDS: readonly DefineCommand[] = [
  defineInspect,
  defineValidate,
  defineConvert,
  defineExport,
  definePyramid,
  defineNew,
  defineRun,
  definePlan,
  defineServe,
  defineAdvise,
  defineView,
  defineRuns,
  defineStatus,
  defineWatch,
  defineLogs,
  defineCancel,
  defineResume,
  defineReplay,
  defineReport,
  defineClean,
  defineDeploy,
  defineDestroy,
  definePublish,
  defineDoctor,
  defineKernels,
  defineSchema,
  defineCompletion,
];
