import type { PreviewCost, PreviewDocument } from "../../../shared/serve/preview/protocol.ts";
import { request } from "../data/api.ts";

export type * from "../../../shared/serve/preview/protocol.ts";

export const getPipeline = async (): Promise<PreviewDocument> =>
  (await request("api/pipeline")).json() as Promise<PreviewDocument>;

export const getCost = async (signal: AbortSignal): Promise<PreviewCost> =>
  (await request("api/pipeline/cost", { signal })).json() as Promise<PreviewCost>;

/** Values by control; gives the document of the revision that has them. */
export const postValues = (
  values: Readonly<Record<string, number>>,
  signal: AbortSignal,
): Promise<PreviewDocument> => post("api/pipeline/values", { values }, signal);

export const postWrite = (revision: string): Promise<{ file: string; written: readonly string[] }> =>
  post("api/pipeline/write", { revision });

async function post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  const response = await request(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });
  return response.json() as Promise<T>;
}
