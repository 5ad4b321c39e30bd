import type { ImageDocument, Statistics, Values, ViewDocument } from "../../../shared/view/protocol.ts";

export type * from "../../../shared/view/protocol.ts";

/** What the server said was wrong. */
export class ApiError extends Error {
  readonly code: string;
  readonly hint: string | undefined;

  constructor(code: string, message: string, hint?: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}

type Query = { readonly [name: string]: string | number | undefined };

/** An address below the page's own, which holds the secret that lets it in. */
export function address(path: string, query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) parameters.set(name, String(value));
  const text = parameters.toString();
  return text === "" ? path : `${path}?${text}`;
}

export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(path, init);
  if (response.ok) return response;
  const document: unknown = await response.json().catch(() => undefined);
  const { error } = (document ?? {}) as { error?: { code: string; message: string; hint?: string } };
  throw new ApiError(
    error?.code ?? "HTTP",
    error?.message ?? `the server answered ${response.status}`,
    error?.hint,
  );
}

async function getJson<T>(path: string, query: Query, signal?: AbortSignal): Promise<T> {
  return (await request(address(path, query), signal ? { signal } : {})).json() as Promise<T>;
}

export const getView = (): Promise<ViewDocument> => getJson("api/view", {});

export const getImage = (panel: string, path: string, signal?: AbortSignal): Promise<ImageDocument> =>
  getJson("api/image", { panel, path }, signal);

export interface StatisticsQuery {
  readonly panel: string;
  readonly path: string;
  readonly c: number;
  readonly t: number;
  readonly z: number;
}

export const getStatistics = (query: StatisticsQuery, signal?: AbortSignal): Promise<Statistics> =>
  getJson("api/statistics", { ...query }, signal);

export interface ValuesQuery {
  readonly panel: string;
  readonly path: string;
  readonly t: number;
  readonly z: number;
  readonly y: number;
  readonly x: number;
  /** Channels, with commas between. */
  readonly c: string;
  /** The channel of each label image, with commas between. */
  readonly lc: string;
  readonly zoom?: number;
}

export const getValues = (query: ValuesQuery, signal?: AbortSignal): Promise<Values> =>
  getJson("api/values", { ...query }, signal);
