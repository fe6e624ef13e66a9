/** Curves in a terminal. */
import { expect, it } from "vitest";
import { drawCurves } from "../../src/io/terminal/curves.js";
import { drawPlot } from "../../src/io/terminal/plot.js";

const history = {
  loss: [1, 0.5, 0.25],
  acc: [0.5, 0.75, 1],
  val_loss: [1, 0.4, 0.9],
  val_acc: [0.5, 1, 0.5],
};

it("draws each metric, and marks the epoch of the lowest val_loss", () => {
  const lines = drawCurves(history, { columns: 30, ascii: true });
  expect(lines.slice(0, 15).join("\n")).toMatchInlineSnapshot(`
    "
    loss: . training, o validation
    1.00 +o.
         | oo                    o
         |   oo                oo
         |     o.            oo
         |      oo.        oo
         |        oo..    o
         |          o ..oo
         |           ooo....
         |                  ....
    0.25 +                      ..
         +------------------------
          epoch 1                3
          best epoch: 2, lowest val_loss ^"
  `);
});

it("fits the width it is given, in either set of characters", () => {
  for (const columns of [40, 60, 100])
    for (const ascii of [true, false])
      for (const line of drawCurves(history, { columns, ascii })) {
        expect(line.length).toBeLessThanOrEqual(columns);
        if (ascii) expect(line).toMatch(/^[\x20-\x7e]*$/);
      }
});

it("draws no curve of one epoch, nor of what is no number", () => {
  expect(drawCurves({ loss: [1] })).toEqual([]);
  const points = [
    [0, NaN],
    [1, Infinity],
  ] as const;
  expect(drawPlot([{ mark: ".", points }], { title: "t", ends: ["a", "b"] })).toEqual([]);
});

it("leaves a gap where a value is no number", () => {
  const points = [0, 1, NaN, 1, 0].map((y, x) => [x, y] as const);
  const lines = drawPlot([{ mark: "*", points }], { title: "t", ends: ["a", "b"], columns: 40, rows: 5 });
  const top = lines[1].slice(lines[1].indexOf("┤") + 1);
  expect(top).toMatch(/\*\s+\*/);
  expect(lines[5]).toMatch(/┤\*.*\*$/);
});

it("fits the height it is given, with fewer lines or fewer plots", () => {
  expect(drawCurves(history)).toHaveLength(30);
  for (const height of [8, 9, 17, 18, 22, 30, 60]) {
    const lines = drawCurves(history, { columns: 60, height });
    expect(lines.length).toBeLessThanOrEqual(height);
    expect(lines.filter((line) => line.includes("training"))).toHaveLength(
      Math.min(2, Math.floor(height / 9)),
    );
  }
});
