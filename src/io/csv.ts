/** Lines of CSV, as RFC 4180 has them but for the end of a line. */

/** Cells with commas between; those with a comma, a quote or the end of a line in them are quoted. */
export function csvLine(cells: readonly (string | number)[]): string {
  return cells.map(csvCell).join(",");
}

function csvCell(cell: string | number): string {
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
