import { useCallback, useEffect, useRef, useState } from "react";
import {
  getCost,
  getPipeline,
  type PreviewCost,
  type PreviewDocument,
  type PreviewFailure,
  type PreviewProgress,
  postValues,
  postWrite,
} from "./preview-api.ts";

export interface Preview {
  readonly document: PreviewDocument;
  /** As the controls stand: ahead of the document's while they move. */
  readonly values: Readonly<Record<string, number>>;
  readonly isPending: boolean;
  readonly progress?: PreviewProgress;
  readonly cost?: PreviewCost;
  /** What went wrong, or what was done. */
  readonly message?: { readonly text: string; readonly isProblem: boolean };
  readonly setValue: (id: string, value: number) => void;
  readonly reset: () => void;
  readonly write: () => void;
}

/** A control that moves asks no more often. */
const SETTLED = 120;
const COST_AFTER = 600;

/** The pipeline's steps and numbers, kept in step with the server: what is asked and no longer wanted is given up. */
export function usePreview(isPreview: boolean): Preview | undefined {
  const [document, setDocument] = useState<PreviewDocument>();
  const [moved, setMoved] = useState<Readonly<Record<string, number>>>({});
  const [progress, setProgress] = useState<PreviewProgress>();
  const [cost, setCost] = useState<PreviewCost>();
  const [message, setMessage] = useState<Preview["message"]>();
  const revision = document?.revision;
  const current = useRef(revision);
  current.current = revision;
  const fail = useCallback((error: Error): void => {
    if (error.name !== "AbortError") setMessage({ text: error.message, isProblem: true });
  }, []);

  useEffect(() => {
    if (isPreview) getPipeline().then(setDocument, fail);
  }, [isPreview, fail]);

  useEffect(() => {
    if (Object.keys(moved).length === 0) return;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      postValues(moved, abort.signal).then((answer) => {
        setDocument(answer);
        setMoved({});
        setProgress(undefined);
        setMessage(undefined);
      }, fail);
    }, SETTLED);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [moved, fail]);

  useEffect(() => {
    if (revision === undefined) return;
    const abort = new AbortController();
    const timer = setTimeout(() => getCost(abort.signal).then(setCost, fail), COST_AFTER);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [revision, fail]);

  useEffect(() => {
    if (!isPreview) return;
    const events = new EventSource("api/pipeline/events");
    const on = <T>(name: string, use: (data: T) => void): void =>
      events.addEventListener(name, (event) => use(JSON.parse((event as MessageEvent<string>).data) as T));
    on<PreviewProgress>("progress", (data) => {
      if (data.revision === current.current) setProgress(data.done < data.tasks ? data : undefined);
    });
    on<PreviewFailure>("failed", ({ revision, step, error }) => {
      if (revision === current.current) setMessage({ text: `${step}: ${error.message}`, isProblem: true });
    });
    on<{ revision: string }>("revision", ({ revision }) => {
      if (current.current !== undefined && revision !== current.current)
        getPipeline().then(setDocument, () => {});
    });
    return () => events.close();
  }, [isPreview]);

  if (!document) return undefined;
  const standing = Object.fromEntries(document.controls.map(({ id, value }) => [id, moved[id] ?? value]));
  return {
    document,
    values: standing,
    isPending: Object.keys(moved).length > 0,
    ...(progress ? { progress } : {}),
    ...(cost && cost.revision === revision ? { cost } : {}),
    ...(message ? { message } : {}),
    setValue: (id, value) => setMoved((before) => ({ ...before, [id]: value })),
    reset: () =>
      setMoved(Object.fromEntries(document.controls.map(({ id, valueInFile }) => [id, valueInFile]))),
    write: () => {
      postWrite(document.revision).then(({ file, written }) => {
        setMessage({ text: `${written.length} of the values in ${file} written`, isProblem: false });
        getPipeline().then(setDocument, fail);
      }, fail);
    },
  };
}
