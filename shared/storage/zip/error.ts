import { LamellaError } from "../../errors.ts";

export function zipMalformed(uri: string, what: string): LamellaError {
  return new LamellaError("ZIP_MALFORMED", `${uri}: ${what}`, {
    hint: "The archive is damaged or incomplete: copy it again from its source, or test it with unzip -t.",
    details: { file: uri },
  });
}

export function zipUnsupported(uri: string, what: string, hint: string): LamellaError {
  return new LamellaError("ZIP_UNSUPPORTED", `${uri}: ${what}`, { hint, details: { file: uri } });
}
