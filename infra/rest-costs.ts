/**
 * What a stack costs while nothing runs: list prices of us-east-1, collected 2026-11 from AWS's own pages as second-hand copies
 * have them. Only this is charged at rest; functions, the state machine, queues' storage and the topic cost nothing idle.
 */
export const REST_PRICES = {
  usdPerAlarmMetric: 0.1,
  usdPerDashboard: 3,
  usdPerKey: 1,
  usdPerEndpointHour: 0.01,
  usdPerMillionSqsRequests: 0.4,
  usdPerGBOfLogs: 0.03,
  usdPerGBOfS3: 0.023,
} as const;

/** Metrics that the alarms of a stack with its default options look at: an alarm on a sum is paid for by what it adds up. */
export const ALARM_METRICS = 37;
/** Looks of Lambda's at the queue of events to take again: five pollers, each waiting twenty seconds. */
const POLLS_A_MONTH = (5 * 730 * 3600) / 20;
const HOURS = 730;
const ZONES = 2;

export interface RestCost {
  readonly what: string;
  readonly arithmetic: string;
  readonly usdPerMonth: number;
  /** Charged with default options. */
  readonly byDefault: boolean;
}

export function restCosts(prices: { [K in keyof typeof REST_PRICES]: number } = REST_PRICES): RestCost[] {
  const endpoints = (count: number): RestCost => ({
    what: `\`vpc=own\`: interface endpoints, ${count}`,
    arithmetic: `${count} x ${ZONES} zones x ${HOURS} h x $${prices.usdPerEndpointHour}`,
    usdPerMonth: count * ZONES * HOURS * prices.usdPerEndpointHour,
    byDefault: false,
  });
  return [
    {
      what: "alarms",
      arithmetic: `${ALARM_METRICS} metrics x $${prices.usdPerAlarmMetric}; an account's first 10 are free`,
      usdPerMonth: ALARM_METRICS * prices.usdPerAlarmMetric,
      byDefault: true,
    },
    {
      what: "dashboard",
      arithmetic: `$${prices.usdPerDashboard}; an account's first 3 are free`,
      usdPerMonth: prices.usdPerDashboard,
      byDefault: true,
    },
    {
      what: "queue of events to take again",
      arithmetic: `${Math.round(POLLS_A_MONTH).toLocaleString("en")} looks x $${prices.usdPerMillionSqsRequests} a million; an account's first million is free`,
      usdPerMonth: (POLLS_A_MONTH * prices.usdPerMillionSqsRequests) / 1e6,
      byDefault: true,
    },
    {
      what: "`kmsKey=own`",
      arithmetic: `one key x $${prices.usdPerKey}`,
      usdPerMonth: prices.usdPerKey,
      byDefault: false,
    },
    endpoints(1),
    endpoints(2),
  ];
}
