/** Curves drawn with characters, for terminals. */

export interface PlotLine {
  /** One character. */
  readonly mark: string;
  /** In the order of x. Points whose y is not finite are gaps. */
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface PlotOptions {
  /** Above the plot. */
  readonly title: string;
  /** Characters in all. Default 72. */
  readonly columns?: number;
  /** Lines of the plot alone. Default 10. */
  readonly rows?: number;
  /** Only ASCII. Default false. */
  readonly ascii?: boolean;
  /** Below the ends of the x axis. */
  readonly ends: readonly [string, string];
  /** A place on the x axis, and what is there. */
  readonly pointer?: { readonly x: number; readonly label: string };
  readonly formatY?: (y: number) => string;
}

/** Of a plot; narrower ones say nothing. */
const fewestColumns = 30;

/** Lines of text: later curves are drawn over earlier ones. No line where no point is finite. */
export function drawPlot(lines: readonly PlotLine[], options: PlotOptions): string[] {
  const { title, ends, pointer, rows = 10, ascii = false, formatY = (y: number) => y.toFixed(2) } = options;
  const points = lines.flatMap((line) => line.points).filter(([, y]) => Number.isFinite(y));
  if (points.length === 0) return [];
  const [lowX, highX] = extent(points.map(([x]) => x));
  const [lowY, highY] = extent(points.map(([, y]) => y));
  const labels = [formatY(highY), formatY(lowY)];
  const margin = Math.max(...labels.map(({ length }) => length));
  const width = Math.max(fewestColumns, options.columns ?? 72) - margin - 2;
  const columnOf = (x: number) =>
    highX === lowX ? 0 : Math.round(((width - 1) * (x - lowX)) / (highX - lowX));
  const rowOf = (y: number) => (highY === lowY ? 0 : Math.round(((rows - 1) * (highY - y)) / (highY - lowY)));
  const cells = Array.from({ length: rows }, () => new Array<string>(width).fill(" "));
  for (const { mark, points } of lines)
    for (const [x, y] of between(points, columnOf)) cells[rowOf(y)][x] = mark;
  const [axis, tick, corner, dash, arrow] = ascii ? ["|", "+", "+", "-", "^"] : ["│", "┤", "└", "─", "▲"];
  const body = cells.map((row, i) => {
    const label = i === 0 ? labels[0] : i === rows - 1 ? labels[1] : "";
    return `${label.padStart(margin)} ${label ? tick : axis}${row.join("")}`.trimEnd();
  });
  const indent = " ".repeat(margin + 2);
  const below = ends[0] + ends[1].padStart(width - ends[0].length);
  const marked = pointer && indent + pointed(columnOf(pointer.x), `${arrow} ${pointer.label}`, width);
  return [title, ...body, `${" ".repeat(margin + 1)}${corner}${dash.repeat(width)}`, indent + below].concat(
    marked ?? [],
  );
}

/** A label whose first or last character stands below a column. */
function pointed(column: number, label: string, width: number): string {
  if (column + label.length <= width) return " ".repeat(column) + label;
  const turned = `${label.slice(2)} ${label[0]}`;
  return turned.padStart(column + 1);
}

/** A curve's value in each column: the points, and straight lines between neighbours. */
function* between(
  points: PlotLine["points"],
  columnOf: (x: number) => number,
): Generator<readonly [column: number, y: number]> {
  let last: readonly [number, number] | undefined;
  for (const [x, y] of points) {
    const column = columnOf(x);
    if (!Number.isFinite(y)) {
      last = undefined;
      continue;
    }
    if (last) {
      const [from, before] = last;
      for (let at = from + 1; at < column; at++)
        yield [at, before + ((y - before) * (at - from)) / (column - from)];
    }
    yield [column, y];
    last = [column, y];
  }
}

function extent(values: readonly number[]): [low: number, high: number] {
  return values.reduce<[number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  );
}
