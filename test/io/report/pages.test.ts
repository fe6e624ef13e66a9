/** The pages: what is in them, that nothing in them can do harm, and that everyone can read them. */
import { describe, expect, it } from "vitest";
import type { Assessment } from "../../../src/io/report/assessment.js";
import type { ComparedRun } from "../../../src/io/report/comparison/comparison.js";
import { comparisonLines } from "../../../src/io/report/comparison/lines.js";
import { comparisonPage } from "../../../src/io/report/comparison/page.js";
import { evaluationPage } from "../../../src/io/report/evaluationPage.js";
import type { History } from "../../../src/io/report/history.js";
import { markup } from "../../../src/io/report/html.js";
import { colorNames, dark, light, runColors, strongestFill } from "../../../src/io/report/palette.js";
import { runPage, type RunReport } from "../../../src/io/report/runPage.js";
import { Assessor } from "../../../src/transfer/assessment/assessor.js";
import { plainPng } from "../../support/images.js";
import { problemsOf } from "./accessibility.js";

const history: History = {
  loss: [0.6, 0.4, 0.25],
  acc: [0.7, 0.85, 0.9],
  val_loss: [0.5, 0.3, 0.35],
  val_acc: [0.75, 0.9, 0.9],
};
const attack = `<script>alert(1)</script>"' onerror=x\u202e&`;
const report: RunReport = {
  title: `vgg16 on <cats> & "dogs"`,
  history,
  keptEpoch: 3,
  config: { app: "vgg16", augment: { zoomRange: 0.2, fill: {} }, seed: undefined, classNames: ["a", attack] },
  modelSummary: "Layer <b>\nTotal params: 1",
  environment: { adapter: "llvmpipe" },
  times: { seconds: 65, epochSeconds: [NaN, 30, 5] },
};

/** Of so many classes, where one sample of each class is predicted as the next one. */
async function assess(classNames: readonly string[], file = "file.jpg"): Promise<Assessment> {
  const assessor = new Assessor(classNames);
  for (const label of classNames.keys())
    for (const right of [true, true, false]) {
      const predicted = right ? label : (label + 1) % classNames.length;
      const probabilities = classNames.map((_, i) => (i === predicted ? 0.8 : 0.2 / (classNames.length - 1)));
      assessor.add(label, { predicted, probability: 0.8, probabilities }, { relative: file });
    }
  const found = await assessor.finish({ split: "validation", loss: 0.5, accuracy: 2 / 3, exif: false });
  const thumbnail = await plainPng(1, 2, 3);
  return { ...found, mistakes: found.mistakes.map((one, i) => (i === 0 ? { ...one, thumbnail } : one)) };
}

const headings = (page: string) => [...page.matchAll(/<h2[^>]*>([^<]*)<\/h2>/g)].map(([, text]) => text);

describe("markup", () => {
  it("escapes what is no markup, in lists too, and shows what would reorder text", () => {
    expect(markup`<p title="${`"'`}">${["<b>", markup`<i>${1}</i>`, false, undefined]}</p>`.text).toBe(
      '<p title="&quot;&#39;">&lt;b&gt;\n<i>1</i>\n\n</p>',
    );
    expect(markup`${"a\u202eb"}`.text).toBe("a\\u202eb");
  });
});

describe("report.html", () => {
  it("has the final and the best epoch, settings by their path, times", async () => {
    const page = await runPage(report);
    expect(page).toContain("<title>vgg16 on &lt;cats&gt; &amp; &quot;dogs&quot;</title>");
    expect(page).toMatch(
      /Final, epoch 3, saved as model\.h5<\/th>\s*<td>0\.2500<\/td>\s*<td>0\.9000<\/td>\s*<td>0\.3500/,
    );
    expect(page).toMatch(/Best, lowest val_loss, epoch 2<\/th>\s*<td>0\.4000<\/td>\s*<td>0\.8500/);
    expect(page).toMatch(/<code>augment\.zoomRange<\/code><\/th>\s*<td>0\.2<\/td>/);
    expect(page).toContain("Layer &lt;b&gt;");
    expect(page).toContain("3 epochs in 1m05s; model.h5 has the weights of epoch 3");
    expect(headings(page)).toEqual(["Result", "Curves", "Settings", "Times", "Model", "Environment"]);
  });

  it("has the figures of the model", async () => {
    const page = await runPage({ ...report, assessment: await assess(["cats", "dogs"]) });
    expect(headings(page).slice(2, 7)).toEqual([
      ...["Confusion matrix", "Precision, recall and F1", "ROC", "Calibration", "Worst mistakes"],
    ]);
    expect(page).toMatch(/<td class="hit" style="--share:0\.816">2<br><small>66\.7%<\/small><\/td>/);
    expect(page).toMatch(/>cats<\/th>(\s*<td>0\.6667<\/td>){3}\s*<td>3<\/td>\s*<td>3<\/td>/);
    expect(page).toContain('alt="file.jpg: is cats, predicted dogs at 80.0%"');
    expect(page).toContain("no image available");
    const text = "The training was interrupted.";
    expect(await runPage({ ...report, unassessed: text })).toContain(text);
  });

  it("has heat maps where there are some", async () => {
    const image = await plainPng(1, 2, 3);
    const maps = [{ file: "a.jpg", class: "cats", probability: 0.9, image, overlay: image }];
    const page = await runPage({ ...report, assessment: await assess(["cats", "dogs"]), heatMaps: maps });
    expect(headings(page)).toContain("Heat maps");
    expect(page).toContain('alt="a.jpg: heat map of cats"');
    expect(problemsOf(page)).toEqual([]);
  });

  it("lists the most frequent mistakes of many classes instead of their matrix", async () => {
    const names = Array.from({ length: 30 }, (_, i) => `class ${i}`);
    const page = await runPage({ ...report, assessment: await assess(names) });
    expect(page).toContain("The 20 most frequent of 30 kinds of mistakes");
    expect(page).not.toContain('<table class="matrix">');
    expect(page).toContain("The 10 classes of 30 with the lowest F1");
    expect(headings(page)).not.toContain("ROC");
  });

  it("can be read without a finished epoch", async () => {
    const page = await runPage({ title: "t", history: { loss: [] } });
    expect(page).toContain("No epoch was completed.");
    expect(page).not.toContain("<svg");
  });
});

const comparedRun = (run: string): ComparedRun => ({
  ...{ run, history, application: "vgg16", finishedEpochs: 3, stoppedEarly: false, keptEpoch: 3 },
  best: { epoch: 2, metric: "val_loss", figures: { loss: 0.4, acc: 0.85, val_loss: 0.3, val_acc: 0.9 } },
  final: { loss: 0.25, acc: 0.9, val_loss: 0.35, val_acc: 0.9 },
  ...{ f1: 0.9, auc: 0.95, calibrationError: 0.01, parameters: 257, modelBytes: 2 ** 20, seconds: 65 },
});
const failed: ComparedRun = {
  ...comparedRun("failed"),
  ...{ history: { loss: [NaN] }, best: null, final: { loss: null }, keptEpoch: null, finishedEpochs: 1 },
  ...{ f1: null, auc: null, calibrationError: null, parameters: null, seconds: null },
};

describe("the comparison", () => {
  it("marks the best of each figure, where there is a better one", () => {
    const better = { ...comparedRun("better"), f1: 0.95, seconds: 70 };
    const lines = comparisonLines({
      runs: [comparedRun("run"), better, failed],
      differences: [],
      sameSettings: 4,
    });
    expect(lines.slice(1, 4).map((line) => line.split(/ {2,}/))).toEqual([
      [
        "run",
        "2",
        "0.4000",
        "0.8500",
        "0.3000",
        "0.9000",
        "0.9000",
        "0.9500",
        "0.0100",
        "3",
        "1m05s*",
        "257",
        "1.0 MiB",
      ],
      [
        "better",
        "2",
        "0.4000",
        "0.8500",
        "0.3000",
        "0.9000",
        "0.9500*",
        "0.9500",
        "0.0100",
        "3",
        "1m10s",
        "257",
        "1.0 MiB",
      ],
      ["failed", "-", "-", "-", "-", "-", "-", "-", "-", "1", "-", "-", "1.0 MiB"],
    ]);
    expect(lines.at(-1)).toBe("all 4 settings are the same");
  });
});

describe("every page", () => {
  const pages: Record<string, () => Promise<string>> = {
    run: async () =>
      runPage({ ...report, title: attack, assessment: await assess([attack, "dogs"], attack) }),
    evaluation: async () =>
      evaluationPage({
        ...{ title: attack, subtitle: attack, seconds: 1, settings: { data: attack }, environment: {} },
        assessment: await assess([attack, "b", "c"], attack),
      }),
    comparison: async () =>
      comparisonPage({
        // More than there are colors; the last is of an earlier version, and went wrong at once.
        runs: [...Array.from({ length: 9 }, (_, i) => comparedRun(`${attack}${i}`)), failed],
        differences: [{ setting: attack, values: [attack, null] }],
        sameSettings: 3,
      }),
  };

  it.each(Object.entries(pages))("can be read by everyone, and asks for nothing: %s", async (_, make) => {
    const page = await make();
    expect(problemsOf(page)).toEqual([]);
    expect(page).not.toMatch(/<script|alert\(1\)<\/|\u202e|undefined|(?<!<td>)NaN/);
    expect(page).toContain("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39; onerror=x\\u202e&amp;");
  });
});

/** WCAG's contrast of two colors. */
function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}
const channels = (color: string) => [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16) / 255);
function luminance(color: string): number {
  const [r, g, b] = channels(color).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
function mixed(color: string, share: number, ground: string): string {
  const [a, b] = [channels(color), channels(ground)];
  const bytes = a.map((c, i) => Math.round(255 * (c * share + b[i] * (1 - share))));
  return `#${bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

describe.each([
  ["light", light],
  ["dark", dark],
] as const)("the colors in the %s", (mode, palette) => {
  it("contrast as WCAG 2's AA asks: 4.5 for text, 3 for lines", () => {
    for (const ground of [palette.page, palette.card])
      for (const text of [palette.text, palette.soft, palette.link])
        expect(contrast(text, ground)).toBeGreaterThanOrEqual(4.5);
    for (const fill of [palette.hit, palette.miss])
      expect(contrast(palette.text, mixed(fill, strongestFill, palette.card))).toBeGreaterThanOrEqual(4.5);
    const lines = [palette.axis, palette.blue, palette.hit, palette.miss, palette.best];
    for (const line of [...lines, ...runColors.map((color) => color[mode])])
      expect(contrast(line, palette.card)).toBeGreaterThanOrEqual(3);
  });

  it("has one name for each, so that drawings can be recolored", () => {
    const colors = colorNames(mode).map(([, color]) => color);
    if (mode === "light") expect(new Set(colors).size).toBe(colors.length);
  });
});
