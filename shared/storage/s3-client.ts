import type { S3Client, S3ClientConfig } from "@aws-sdk/client-s3";

export type S3Module = typeof import("@aws-sdk/client-s3");

export interface S3Connection {
  readonly sdk: S3Module;
  readonly client: S3Client;
}

/** Sockets to S3 that this process opens, and so its requests at one time. */
export const MAX_SOCKETS = 64;

const connections = new Map<string, Promise<S3Connection>>();

/**
 * This process's connection to S3, or to what AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL name: one client per
 * endpoint, made at the first use, since loading the SDK takes 80 ms that local commands shouldn't pay.
 */
export function connectS3(): Promise<S3Connection> {
  const endpoint = process.env["AWS_ENDPOINT_URL_S3"] ?? process.env["AWS_ENDPOINT_URL"] ?? "";
  let connection = connections.get(endpoint);
  if (connection === undefined) {
    connection = newConnection(endpoint === "" ? {} : { endpoint, forcePathStyle: true });
    connections.set(endpoint, connection);
  }
  return connection;
}

/** A connection of its own, for other credentials, endpoints or retries than the process's. */
export async function newConnection(config: S3ClientConfig): Promise<S3Connection> {
  const sdk = await import("@aws-sdk/client-s3");
  const client = new sdk.S3Client({ ...defaults(), ...config });
  // A bucket's region is found out by redirect, so that no region need be set to read s3:// URIs.
  const hasRegion = await client.config.region().then(
    () => true,
    () => false,
  );
  if (hasRegion) return { sdk, client };
  client.destroy();
  return { sdk, client: new sdk.S3Client({ ...defaults(), ...config, region: "us-east-1" }) };
}

function defaults(): S3ClientConfig {
  const agent = { keepAlive: true, maxSockets: MAX_SOCKETS };
  return {
    followRegionRedirects: true,
    retryMode: "standard",
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 5_000, socketTimeout: 60_000, httpAgent: agent, httpsAgent: agent },
  };
}
