import { Duration } from "aws-cdk-lib";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { type IQueue, Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";

export interface DeadLettersProps {
  readonly key: IKey | undefined;
  /** Of the function that takes events again: a message is out of sight for longer than it may work. */
  readonly timeout: Duration;
}

/** Attempts at an event that was sent on its way again, before it is a dead letter once more. */
const ATTEMPTS = 3;

/**
 * Where an upload's event goes when it could not be delivered, or the function failed on it three times; and the queue of
 * events to take again, which SQS's own redrive moves dead letters to (docs/operations.md).
 */
export class DeadLetters extends Construct {
  readonly queue: Queue;
  readonly again: Queue;

  constructor(scope: Construct, id: string, { key, timeout }: DeadLettersProps) {
    super(scope, id);
    const common = {
      ...(key
        ? { encryption: QueueEncryption.KMS, encryptionMasterKey: key, dataKeyReuse: Duration.hours(1) }
        : { encryption: QueueEncryption.SQS_MANAGED }),
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    };
    this.queue = new Queue(this, "Queue", common);
    this.again = new Queue(this, "Again", {
      ...common,
      visibilityTimeout: Duration.seconds(6 * timeout.toSeconds()),
      deadLetterQueue: { queue: this.queue as IQueue, maxReceiveCount: ATTEMPTS },
    });
  }
}
