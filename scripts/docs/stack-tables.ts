import { CONTEXT } from "../../infra/context.ts";
import { restCosts } from "../../infra/rest-costs.ts";
import { markdownTable } from "./markdown.ts";

/** The context of the CDK app, name by name. */
export function contextTable(): string {
  const rows = Object.entries(CONTEXT).map(([name, { byDefault, meaning }]) => [
    `\`${name}\``,
    byDefault === "" ? "none" : `\`${byDefault}\``,
    meaning,
  ]);
  return markdownTable([["context", "default", "meaning"], ...rows]);
}

/** What a stack costs while nothing runs. */
export function restTable(): string {
  const costs = restCosts();
  const dollars = (usd: number): string => `$${usd.toFixed(2)}`;
  const byDefault = costs.filter((cost) => cost.byDefault).reduce((sum, cost) => sum + cost.usdPerMonth, 0);
  return markdownTable([
    ["at rest, a month", "arithmetic", "USD"],
    ...costs.filter((c) => c.byDefault).map((c) => [c.what, c.arithmetic, dollars(c.usdPerMonth)]),
    ["**by default, together**", "", `**${dollars(byDefault)}**`],
    ...costs.filter((c) => !c.byDefault).map((c) => [c.what, c.arithmetic, dollars(c.usdPerMonth)]),
  ]);
}
