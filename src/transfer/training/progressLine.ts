/** How far a training is, in one line as wide as there is room. */
import { formatSeconds } from "../../format.js";
import { formatFigure } from "../figures.js";
import type { FinishedEpoch, TrainingProgress } from "./options.js";

/** Cells of the bar. */
const barWidth = 20;

/**
 * "Epoch 3/30 [========>           ] 40/100, 52 img/s, epoch 1.2s left, run 2m05s left - loss: 0.51 - acc: 0.78 - GPU 95%, decoding 5%":
 * in a narrow terminal without what matters least.
 * @param columns most characters
 */
export function describeProgress(progress: TrainingProgress, columns = Infinity): string {
  const { epoch, epochs, step, steps, samplesPerSecond, epochSecondsLeft, runSecondsLeft } = progress;
  const filled = Math.min(barWidth, Math.floor((barWidth * step) / steps));
  const bar = `${"=".repeat(filled)}${filled < barWidth ? ">" : ""}`.slice(0, barWidth);
  const decoding = Math.round(100 * progress.decodeShare);
  const figures = Object.entries(progress.logs).map(([name, value]) => ({
    text: ` - ${name}: ${formatFigure(value)}`,
    // The loss stays longest.
    rank: name === "loss" ? 1 : 3,
  }));
  const pace = Number.isNaN(epochSecondsLeft)
    ? []
    : [
        { text: `, ${samplesPerSecond.toFixed(samplesPerSecond < 10 ? 1 : 0)} img/s`, rank: 4 },
        { text: `, epoch ${formatSeconds(epochSecondsLeft)} left`, rank: 5 },
        { text: `, run ${formatSeconds(runSecondsLeft)} left`, rank: 2 },
      ];
  const parts = [
    { text: `Epoch ${epoch}/${epochs}`, rank: 0 },
    { text: ` [${bar.padEnd(barWidth)}]`, rank: 7 },
    { text: ` ${step}/${steps}`, rank: 1 },
    ...pace,
    ...figures,
    ...(step > 0 ? [{ text: ` - GPU ${100 - decoding}%, decoding ${decoding}%`, rank: 6 }] : []),
  ];
  for (let most = 7; most >= 0; most--) {
    const line = parts
      .filter(({ rank }) => rank <= most)
      .map(({ text }) => text)
      .join("");
    if (line.length <= columns) return line;
  }
  return parts[0].text.slice(0, columns);
}

/** "Epoch 3/30 - 4.2s - loss: 0.5123 - acc: 0.7812 - val_loss: 0.4821 - val_acc: 0.8000 - best so far" */
export function describeEpoch({ epoch, epochs, seconds, logs, isBest }: FinishedEpoch): string {
  const figures = Object.entries(logs).map(([name, value]) => `${name}: ${formatFigure(value)}`);
  const parts = [
    `Epoch ${epoch}/${epochs}`,
    formatSeconds(seconds),
    ...figures,
    ...(isBest ? ["best so far"] : []),
  ];
  return parts.join(" - ");
}
