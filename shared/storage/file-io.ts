import nodeFs from "node:fs";

// The bytes of files are read and written by the process's pool of threads. What opens, looks and closes is done in this thread:
// it takes a few microseconds, a tenth of what handing it to another thread takes.

/** Reads up to `length` bytes from `position` of a file to `at` in `bytes`; how many there were. */
export function readSome(
  handle: number,
  bytes: Uint8Array,
  at: number,
  length: number,
  position: number,
): Promise<number> {
  return new Promise((resolve, reject) => {
    nodeFs.read(handle, bytes, at, length, position, (error, count) =>
      error ? reject(error) : resolve(count),
    );
  });
}

/** Writes all the bytes at the end of a file. */
export async function writeAll(handle: number, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.byteLength; ) at += await writeSome(handle, bytes, at);
}

function writeSome(handle: number, bytes: Uint8Array, at: number): Promise<number> {
  return new Promise((resolve, reject) => {
    nodeFs.write(handle, bytes, at, bytes.byteLength - at, null, (error, count) =>
      error ? reject(error) : resolve(count),
    );
  });
}

/** Waits until the disk has what was written. */
export function flush(handle: number): Promise<void> {
  return new Promise((resolve, reject) => {
    nodeFs.fsync(handle, (error) => (error ? reject(error) : resolve()));
  });
}
