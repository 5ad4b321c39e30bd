const CODES = { red: 31, green: 32, yellow: 33, cyan: 36, dim: 2, bold: 1 } as const;

/** Colour for terminals; plain where stderr is not one or NO_COLOR is set. */
export function paint(style: keyof typeof CODES, text: string): string {
  const plain = !process.stderr.isTTY || (process.env["NO_COLOR"] ?? "") !== "";
  return plain ? text : `\u001b[${CODES[style]}m${text}\u001b[0m`;
}
