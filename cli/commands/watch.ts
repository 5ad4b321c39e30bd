import { type ObserveFlags, observeOptions } from "../observe/options.ts";
import { placeOf, type RunPlace, runPlaceOptions } from "../run-choice.ts";
import type { DefineCommand } from "./index.ts";

export const defineWatch: DefineCommand = (program) => {
  const command = program
    .command("watch")
    .description("follows a run to its end, and ends as it does; Ctrl-C ends the watching alone")
    .argument("<run>", "run id");
  runPlaceOptions(observeOptions(command))
    .option("--json", "print one JSON document")
    .option("--quiet", "no progress")
    .action(async (runId: string, flags: RunPlace & ObserveFlags) => {
      const [
        { findRun },
        { carrierOf },
        { watchRun },
        { Observation },
        { printReport },
        { untilInterrupted },
      ] = await Promise.all([
        import("../find-run.ts"),
        import("../../shared/engine/life.ts"),
        import("../../shared/engine/watch.ts"),
        import("../observe/observation.ts"),
        import("../run-plan.ts"),
        import("../interrupt.ts"),
      ]);
      const observation = await Observation.open(flags);
      const found = await findRun(runId, flags);
      const { folder } = found;
      const carrier = await carrierOf(found);
      const { on: onEvent, wantsBatches: batches } = observation;
      const observed = { folder, plan: await folder.plan(), isWatched: true, place: placeOf(flags) };
      const report = await observation.follow(observed, () =>
        untilInterrupted((signal) => watchRun(folder, carrier, { onEvent, signal, batches })),
      );
      printReport(report, flags);
    });
};
