/**
 * Quotas and prices that the estimates use, collected 2026-11 (us-east-1). The one place for them: pass an object with
 * other values to `estimateCost` to override any.
 */
export const AWS_FACTS = {
  collected: "2026-11",
  lambda: {
    tiersMB: [1769, 3538, 7076, 10240],
    usdPerGBSecond: 0.0000133334,
    usdPerMillionRequests: 0.2,
    concurrency: 1000,
    newEnvironmentsPer10Seconds: 1000,
    timeoutSeconds: 900,
    coldStartSeconds: 0.4,
  },
  stepFunctions: {
    usdPerMillionTransitions: 25,
    expressUsdPerMillionRequests: 1,
    expressUsdPerGBSecond: 0.00001667,
    standardDispatchPerSecond: 100,
    expressDispatchPerSecond: 1000,
    mapOverheadSeconds: 7,
  },
  s3: {
    usdPer1000Puts: 0.005,
    usdPer1000Gets: 0.0004,
    secondsPerGet: 0.03,
    secondsPerPut: 0.06,
    bytesPerSecond: 80e6,
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
