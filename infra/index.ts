/** `lamella/infra`: the stack as constructs, for a CDK app of your own. Needs aws-cdk-lib and constructs beside Lamella. */
export { Lamella, type LamellaProps } from "./lamella.ts";
export { DEFAULTS, type InputBucket, type LamellaOptions } from "./options.ts";
export { LamellaStack, type LamellaStackProps } from "./stack.ts";
