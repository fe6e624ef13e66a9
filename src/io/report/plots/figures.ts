/** Drawings of an assessment: the ROC curve and the calibration. */
import type { TopLevelSpec } from "vega-lite";
import type { Calibration, RocCurve } from "../assessment.js";
import { light } from "../palette.js";
import { schema, shareAxis, theme } from "./theme.js";

const size = { width: 360, height: 300 };

/** From corner to corner: what chance, or a perfect calibration, would give. */
function diagonal(from: number) {
  const values = [from, 1].map((value) => ({ x: value, y: value }));
  return {
    data: { values },
    mark: { type: "line", stroke: light.text, strokeWidth: 1.5, strokeDash: [4, 4] },
    encoding: {
      x: { field: "x", type: "quantitative" },
      y: { field: "y", type: "quantitative" },
    },
  };
}

function specOf(title: string, subtitle: string, layer: readonly object[]): TopLevelSpec {
  const spec = {
    $schema: schema,
    background: null,
    padding: 8,
    ...size,
    title: { text: title, subtitle },
    layer,
    config: theme,
  };
  return spec as unknown as TopLevelSpec;
}

export function rocSpec({ points, auc, positive }: RocCurve): TopLevelSpec {
  const values = points.map(({ falsePositives, truePositives }) => ({ falsePositives, truePositives }));
  return specOf("ROC curve", `area ${auc.toFixed(4)}; dashed: chance`, [
    diagonal(0),
    {
      data: { values },
      mark: { type: "line", stroke: light.blue, strokeWidth: 2, interpolate: "linear" },
      encoding: {
        x: shareAxis("falsePositives", `Rate of false positives (called ${positive})`),
        y: shareAxis("truePositives", "Rate of true positives"),
        // The points stand in their order along the curve.
        order: { value: null },
      },
    },
  ]);
}

export function calibrationSpec({ bins, error }: Calibration): TopLevelSpec {
  const from = bins[0]?.low ?? 0;
  return specOf("Calibration", `error ${error.toFixed(4)}; dashed: perfect`, [
    {
      data: { values: bins.map(({ low, high, accuracy }) => ({ low, high, accuracy, zero: 0 })) },
      mark: { type: "bar", fill: light.hit, fillOpacity: 0.55, stroke: light.hit, binSpacing: 2 },
      encoding: {
        x: { ...shareAxis("low", "Probability of the predicted class", from), bin: { binned: true } },
        x2: { field: "high" },
        y: shareAxis("accuracy", "Share that is right"),
        y2: { field: "zero" },
      },
    },
    diagonal(from),
    {
      data: { values: bins.map(({ confidence, accuracy }) => ({ confidence, accuracy })) },
      mark: { type: "point", filled: true, fill: light.miss, opacity: 1, size: 50 },
      encoding: {
        x: { field: "confidence", type: "quantitative" },
        y: { field: "accuracy", type: "quantitative" },
      },
    },
  ]);
}
