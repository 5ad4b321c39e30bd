import { CfnBudget } from "aws-cdk-lib/aws-budgets";
import { Construct } from "constructs";
import type { Notifications } from "./notifications.ts";

export interface BudgetProps {
  /** USD a month. */
  readonly limit: number;
  /** The tag that the stack's resources carry, and its value. It must be activated for cost allocation once an account. */
  readonly tag: { readonly key: string; readonly value: string };
  readonly notifications: Notifications;
}

/** A monthly budget of what carries the stack's tag, told of on the topic. A budget tells; it stops nothing. */
export class StackBudget extends Construct {
  constructor(scope: Construct, id: string, { limit, tag, notifications }: BudgetProps) {
    super(scope, id);
    const subscribers = [{ subscriptionType: "SNS", address: notifications.topic.topicArn }];
    const told = (notificationType: "ACTUAL" | "FORECASTED", threshold: number) => ({
      notification: {
        comparisonOperator: "GREATER_THAN",
        notificationType,
        threshold,
        thresholdType: "PERCENTAGE",
      },
      subscribers,
    });
    const budget = new CfnBudget(this, "Budget", {
      budget: {
        budgetType: "COST",
        timeUnit: "MONTHLY",
        budgetLimit: { amount: limit, unit: "USD" },
        costFilters: { TagKeyValue: [`user:${tag.key}$${tag.value}`] },
      },
      notificationsWithSubscribers: [told("ACTUAL", 80), told("ACTUAL", 100), told("FORECASTED", 100)],
    });
    // the service looks whether it may publish when the budget is made
    budget.node.addDependency(notifications);
  }
}
