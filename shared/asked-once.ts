/** For schemas that a process asks once: zod would compile a program of its own for each object first, which takes longer. */
export const ASKED_ONCE = { jitless: true };
