import { type ErrorCode, LamellaError } from "../errors.ts";

const FULL = new Set(["ENOSPC", "EDQUOT"]);
const DENIED = new Set(["EACCES", "EPERM", "EROFS"]);

/** What is there is of the other kind. */
const IN_THE_WAY = new Set(["ENOTDIR", "EEXIST", "EISDIR", "ENOTEMPTY"]);
const MOVE_AWAY = "Choose another place, or move what is there away.";

const HINTS: { readonly [code: string]: string } = {
  STORAGE_FULL:
    "Free some space or choose another place, and start again; a run can be resumed, what it has written stays valid.",
  ACCESS_DENIED: "Check the owner and mode of the file and of the folders above it.",
  UNSAFE_KEY: "Shorten the name.",
  STORAGE_FAILED: "Check the disk, and start again; a run can be resumed, what it has written stays valid.",
};

/** What Node says of a failed file operation ("ENOSPC"), or undefined. */
export function errnoOf(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}

/**
 * A file operation's error as a coded one: STORAGE_FULL, ACCESS_DENIED, UNSAFE_KEY for a name that the
 * filesystem refuses, else STORAGE_FAILED. `action` reads "write", "read". Coded errors pass through.
 */
export function fileError(error: unknown, action: string, file: string): unknown {
  const errno = errnoOf(error);
  if (error instanceof LamellaError || errno === undefined) return error;
  const code = codeOf(errno);
  return new LamellaError(code, `Cannot ${action} ${file}: ${reasonOf(errno)}`, {
    hint: IN_THE_WAY.has(errno) ? MOVE_AWAY : (HINTS[code] ?? ""),
    details: { file, errno },
    cause: error,
  });
}

function codeOf(errno: string): ErrorCode {
  if (FULL.has(errno)) return "STORAGE_FULL";
  if (DENIED.has(errno)) return "ACCESS_DENIED";
  return errno === "ENAMETOOLONG" ? "UNSAFE_KEY" : "STORAGE_FAILED";
}

function reasonOf(errno: string): string {
  switch (errno) {
    case "ENOSPC":
      return "the disk is full";
    case "EDQUOT":
      return "the disk quota is used up";
    case "EACCES":
    case "EPERM":
      return "permission denied";
    case "EROFS":
      return "the filesystem is read-only";
    case "ENAMETOOLONG":
      return "its name is too long";
    case "ENOTDIR":
    case "EEXIST":
      return "a file is where a folder should be";
    case "EISDIR":
    case "ENOTEMPTY":
      return "a folder is where the file should be";
    default:
      return errno;
  }
}
