import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { decodeImage } from "../../../src/io/images/decode.js";
import { bestEpoch } from "../../../src/io/report/bestEpoch.js";
import { historyCsv, historyJson, type History } from "../../../src/io/report/history.js";
import { renderCurvesSvg } from "../../../src/io/report/plots/curves.js";
import { renderPng } from "../../../src/io/report/plots/svg.js";
import { reportFiles, writeRunReport } from "../../../src/io/report/write.js";
import { temporaryFolder } from "../../support/images.js";

const history: History = {
  loss: [0.6, 0.4, 0.25],
  acc: [0.7, 0.85, 0.9],
  val_loss: [0.5, 0.3, 0.35],
  val_acc: [0.75, 0.9, 0.9],
};

/** A text of several lines has a span for each. */
const texts = (svg: string) => [...svg.matchAll(/>([^<>]*)<\/(?:text|tspan)>/g)].map(([, text]) => text);

describe("history files", () => {
  test("JSON has Keras's keys, CSV a row per epoch from 1", () => {
    expect(JSON.parse(historyJson(history))).toEqual(history);
    expect(historyCsv(history).split("\n").slice(0, 3)).toEqual([
      "epoch,loss,acc,val_loss,val_acc",
      "1,0.6,0.7,0.5,0.75",
      "2,0.4,0.85,0.3,0.9",
    ]);
  });

  test("values that are not numbers, metrics that stop early, odd names", () => {
    const odd: History = { loss: [NaN, Infinity, 1], 'a,"b"': [1] };
    expect(JSON.parse(historyJson(odd))).toEqual({ loss: [null, null, 1], 'a,"b"': [1] });
    expect(historyCsv(odd)).toBe('epoch,loss,"a,""b"""\n1,NaN,1\n2,Infinity,\n3,1,\n');
    expect(historyCsv({})).toBe("epoch\n");
  });

  test("the best epoch is that of the lowest val_loss, or loss where nothing is validated", () => {
    expect(bestEpoch(history)).toEqual({ epoch: 1, metric: "val_loss" });
    expect(bestEpoch({ loss: [3, 1], val_loss: [1, 2], val_acc: [0, 1] })).toEqual({
      epoch: 0,
      metric: "val_loss",
    });
    expect(bestEpoch({ loss: [NaN, 2, 1, 1, NaN] })).toEqual({ epoch: 2, metric: "loss" });
    expect(bestEpoch({ loss: [1], val_loss: [NaN] })).toBeUndefined();
    expect(bestEpoch({})).toBeUndefined();
  });
});

describe("curves", () => {
  test("are the tutorial's: accuracy and loss, training as dots, validation as a blue line", async () => {
    const svg = await renderCurvesSvg(history);
    expect(texts(svg)).toEqual(
      expect.arrayContaining([
        ...["Training and validation accuracy", "Training and validation loss", "Epochs"],
        ...["Training acc", "Validation acc", "Training loss", "Validation loss"],
      ]),
    );
    expect(svg.indexOf("validation accuracy")).toBeLessThan(svg.indexOf("validation loss"));
    const line = /<g class="mark-line[^>]*><path[^>]* d="(M[^"]*)"[^>]*stroke="#0000ff"/g;
    const lines = [...svg.matchAll(line)].map(([, path]) => path.split(/[ML]/).length - 1);
    expect(lines).toEqual([3, 3]);
    const dots = svg.match(/<path[^>]*aria-roledescription="point"[^>]*fill="#0000ff"/g);
    expect(dots).toHaveLength(6);
  });

  test("mark the best epoch in every panel, and say what it is the best by", async () => {
    const svg = await renderCurvesSvg(history);
    expect(texts(svg).filter((text) => text === "dashed: best epoch: 2, lowest val_loss")).toHaveLength(2);
    const asked = await renderCurvesSvg(history, { best: { epoch: 2, metric: "val_loss" } });
    expect(texts(asked)).toContain("dashed: best epoch: 3, lowest val_loss");
    const at = (drawing: string) =>
      /mark-rule role-mark[^>]*><line [^>]*transform="translate\(([\d.]+)/.exec(drawing)?.[1];
    expect(Number(at(svg))).toBeCloseTo(200, 0);
    expect(Number(at(asked))).toBeGreaterThan(300);
    // The only epoch is the best.
    expect(await renderCurvesSvg({ loss: [2], val_loss: [1] })).not.toContain("best epoch");
  });

  test("epochs are whole numbers", async () => {
    const svg = await renderCurvesSvg({ loss: [3, 2, 1] });
    const ticks = texts(svg.slice(svg.indexOf("X-axis"), svg.indexOf("Y-axis")));
    expect(ticks.filter((text) => text !== "Epochs")).toEqual(["1", "2", "3"]);
  });

  test.each<[string, History, string[]]>([
    ["no validation", { loss: [2, 1], acc: [0.5, 0.6] }, ["Training accuracy", "Training loss"]],
    ["one epoch", { loss: [2], val_loss: [1] }, ["Training and validation loss"]],
    ["NaN", { loss: [NaN, NaN], val_loss: [1, NaN] }, ["epochs without a finite value are omitted"]],
    ["a constant", { loss: [1, 1, 1] }, ["Training loss"]],
    ["another metric", { loss: [2, 1], "<mae>&": [1, 2] }, ["Training &lt;mae&gt;&amp;"]],
  ])("draws %s", async (_, values, expected) => {
    const svg = await renderCurvesSvg(values);
    expect(texts(svg)).toEqual(expect.arrayContaining(expected));
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  test("a history without epochs is an empty drawing", async () => {
    expect(texts(await renderCurvesSvg({}))).toEqual([]);
  });

  test("the PNG is twice the SVG's size, with dots, line and letters on white", async () => {
    const svg = await renderCurvesSvg(history);
    const [, width, height] = /width="(\d+)" height="(\d+)"/.exec(svg) ?? [];
    const png = await decodeImage(await renderPng(svg));
    expect([png.width, png.height]).toEqual([2 * Number(width), 2 * Number(height)]);
    const pixels = { white: 0, blue: 0, black: 0 };
    for (let at = 0; at < png.data.length; at += 3) {
      const [r, g, b] = png.data.subarray(at, at + 3);
      if (r === 255 && g === 255 && b === 255) pixels.white++;
      if (r === 0 && g === 0 && b === 255) pixels.blue++;
      // Only text is black: without its font there would be none.
      if (r + g + b < 30) pixels.black++;
    }
    expect(pixels.white).toBeGreaterThan(0.8 * png.width * png.height);
    expect(pixels.blue).toBeGreaterThan(1500);
    expect(pixels.black).toBeGreaterThan(1500);
  });
});

describe("writeRunReport", () => {
  test("writes all files, making the folder", async () => {
    const dir = join(await temporaryFolder(), "runs", "one");
    await writeRunReport(dir, { title: "one", history });
    expect((await readdir(dir)).sort()).toEqual([...reportFiles].sort());
    expect(JSON.parse(await readFile(join(dir, "history.json"), "utf8"))).toEqual(history);
    expect(await readFile(join(dir, "curves.svg"), "utf8")).toMatch(/^<svg /);
    expect((await sharp(join(dir, "curves.png")).metadata()).format).toBe("png");
    await writeRunReport(dir, { title: "two", history: { loss: [1] } });
    expect(await readFile(join(dir, "report.html"), "utf8")).toContain("<title>two</title>");
  });

  test("says when the folder cannot be made", async () => {
    const dir = await temporaryFolder();
    await writeFile(join(dir, "file"), "");
    await expect(writeRunReport(join(dir, "file", "run"), { title: "t", history })).rejects.toMatchObject({
      code: "io",
      message: expect.stringContaining("cannot make this folder") as string,
    });
  });
});
