/** What a terminal can show, and what a shell reads. */

/** How wide the terminal on stdout is (undefined where there is none), and whether it has characters of Unicode. */
export function terminalShape(): { columns?: number; ascii: boolean } {
  const { columns } = process.stdout;
  const locale = process.env.LC_ALL || process.env.LC_CTYPE || process.env.LANG || "";
  return { ...(columns && { columns: Math.min(columns - 1, 100) }), ascii: !/utf-?8/i.test(locale) };
}

/** As a shell takes it for one word. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Whether colours are shown there: not where NO_COLOR is set, or it is no terminal. */
export function isColored(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && !process.env.NO_COLOR && process.env.TERM !== "dumb";
}
