/**
 * Quotas and prices that the estimates use, us-east-1, on the date that `collected` says. The one place for them; any
 * of them can be given otherwise by a file (`lamella plan --prices FILE`, LAMELLA_PRICES) with the same names.
 */
export const AWS_FACTS = {
  collected: "2026-11",
  lambda: {
    tiersMB: [1769, 3538, 7076, 10240],
    /** Memory that brings one vCPU. */
    mbPerVcpu: 1769,
    /** The longest that an invocation may take. */
    timeoutSeconds: 900,
    usdPerGBSecond: 0.0000133334,
    usdPerMillionRequests: 0.2,
    /** An account's default; more on request. */
    concurrency: 1000,
    newEnvironmentsPer10Seconds: 1000,
    coldStartSeconds: 0.4,
    /** vCPU seconds on arm64 for one second of the planner's estimate: not measured, taken. */
    slowdown: 1.6,
    /** Of one function, whatever its memory and threads: others measured 400 to 700 Mbit/s over long transfers. */
    networkBytesPerSecond: 80e6,
  },
  stepFunctions: {
    usdPerMillionTransitions: 25,
    expressUsdPerMillionRequests: 1,
    expressUsdPerGBSecond: 0.00001667,
    standardDispatchPerSecond: 100,
    expressDispatchPerSecond: 1000,
    mapOverheadSeconds: 7,
    /** States that a Standard child passes through, each a transition that is paid for: the batch, whether it is done, the end. */
    transitionsPerChild: 3,
    /** From a state to the next: taken. */
    secondsPerTransition: 0.03,
    /** An Express execution ends after so long. */
    expressTimeoutSeconds: 300,
    /** Of a Standard execution's history. */
    historyEvents: 25_000,
    payloadBytes: 262_144,
    /** Of one Map Run: children at once, items, bytes of the manifest. */
    mapChildrenAtOnce: 10_000,
    mapItems: 100_000_000,
    manifestBytes: 10 * 2 ** 30,
  },
  s3: {
    usdPer1000Puts: 0.005,
    usdPer1000Gets: 0.0004,
    secondsPerGet: 0.03,
    secondsPerPut: 0.06,
    bytesPerSecond: 80e6,
    /** Of one prefix, before S3 has split it. */
    putsPerSecond: 3500,
    getsPerSecond: 5500,
    /** How long a prefix is under load until S3 has split it in two: 30 to 60 minutes. */
    splitSeconds: 1800,
    usdPer1000Lists: 0.005,
  },
  /** How much a run strays from its means, which AWS publishes nothing of: taken, for `lamella plan --simulate` alone. */
  simulation: {
    /** Standard deviation of the logarithm of a task's time, where no run was measured. */
    taskSpread: 0.15,
    /** The same of the environments of a function, which differ among themselves. */
    environmentSpread: 0.05,
    /** The part of them that is slow, and how slow. */
    slowEnvironments: 0.01,
    slowEnvironmentFactor: 2,
    /** The part of the requests to S3 that take much longer, and how long: after 2 seconds AWS advises to try again. */
    slowRequests: 0.0005,
    slowRequestSeconds: 2,
    /** Invocations that meet a fault of the service and are tried again, of a million. */
    faultsPerMillionInvocations: 100,
    /** Tasks whose function dies of memory and go to the next tier, of a million. */
    deathsPerMillionTasks: 1,
  },
} as const;

type Widen<T> = {
  readonly [K in keyof T]: T[K] extends number
    ? number
    : T[K] extends string
      ? string
      : T[K] extends readonly number[]
        ? readonly number[]
        : Widen<T[K]>;
};
export type AwsFacts = Widen<typeof AWS_FACTS>;
