/** Tables and times for people. */

/** Columns of text: numbers to the right, everything else to the left. @param align "left" for columns where both occur */
export function formatTable(rows: readonly (readonly string[])[], align?: "left"): string[] {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  const pad = (cell: string, width: number) =>
    align !== "left" && /^[\d.]+$/.test(cell) ? cell.padStart(width) : cell.padEnd(width);
  return rows.map((row) =>
    row
      .map((cell, i) => pad(cell, widths[i]))
      .join("  ")
      .trimEnd(),
  );
}

/** "4.2s", "3m05s", "2h07m". */
export function formatSeconds(seconds: number): string {
  if (!Number.isFinite(seconds)) return "?";
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)}s`;
  const two = (n: number) => String(Math.floor(n)).padStart(2, "0");
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`;
  return `${Math.floor(seconds / 3600)}h${two((seconds % 3600) / 60)}m`;
}
