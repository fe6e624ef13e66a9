/** Runs next to each other, as pages and tables show them. */
import type { History } from "../history.js";

export interface ComparedRun {
  /** As it was given. */
  readonly run: string;
  readonly history: History;
  readonly application: string;
  readonly finishedEpochs: number;
  readonly stoppedEarly: boolean;
  /** The epoch of the lowest val_loss, or loss where nothing is validated, from 1, and its figures under Keras's names. */
  readonly best: { readonly epoch: number; readonly metric: string; readonly figures: Figures } | null;
  /** The figures of the last epoch. */
  readonly final: Figures;
  /** The epoch, from 1, whose weights the model has; null where an earlier version did not record it. */
  readonly keptEpoch: number | null;
  /** Of the model on its validation samples; null where nothing is recorded. */
  readonly f1: number | null;
  readonly auc: number | null;
  readonly calibrationError: number | null;
  readonly parameters: number | null;
  readonly modelBytes: number;
  /** Of the training, validation included. */
  readonly seconds: number | null;
}

/** null: not a finite number, or not there. */
export type Figures = Readonly<Record<string, number | null>>;

export interface RunComparison {
  readonly runs: readonly ComparedRun[];
  /** The settings in which the runs differ, with their text in each run; null where a run has no such setting. */
  readonly differences: readonly { readonly setting: string; readonly values: readonly (string | null)[] }[];
  /** How many settings are the same in all runs. */
  readonly sameSettings: number;
}

/** A column of the comparison. */
export interface ComparedFigure {
  readonly name: string;
  readonly of: (run: ComparedRun) => number | null;
  /** Whether the lowest or the highest is best; undefined for what is neither. */
  readonly best?: "low" | "high";
  /** How it is printed. */
  readonly kind: "figure" | "count" | "bytes" | "seconds";
}

const best = (key: string) => (run: ComparedRun) => run.best?.figures[key] ?? null;

/** Those that at least one run has. */
export function comparedFigures({ runs }: RunComparison): ComparedFigure[] {
  const metrics = [...new Set(runs.flatMap(({ history }) => Object.keys(history)))];
  const figures: ComparedFigure[] = [
    ...metrics.map((key): ComparedFigure => {
      const isLoss = /loss$/.test(key);
      const isAccuracy = /acc(uracy)?$/.test(key);
      return {
        name: key,
        of: best(key),
        best: isLoss ? "low" : isAccuracy ? "high" : undefined,
        kind: "figure",
      };
    }),
    { name: "F1", of: ({ f1 }) => f1, best: "high", kind: "figure" },
    { name: "AUC", of: ({ auc }) => auc, best: "high", kind: "figure" },
    {
      name: "calibration error",
      of: ({ calibrationError }) => calibrationError,
      best: "low",
      kind: "figure",
    },
    { name: "epochs", of: ({ finishedEpochs }) => finishedEpochs, kind: "count" },
    { name: "training time", of: ({ seconds }) => seconds, best: "low", kind: "seconds" },
    { name: "parameters", of: ({ parameters }) => parameters, kind: "count" },
    { name: "model size", of: ({ modelBytes }) => modelBytes, kind: "bytes" },
  ];
  return figures.filter(({ of }) => runs.some((run) => of(run) !== null));
}

/** The best value of a column; undefined where none is better than another. */
export function bestValue({ runs }: RunComparison, { of, best: way }: ComparedFigure): number | undefined {
  const values = runs.map(of).filter((value) => value !== null);
  if (way === undefined || new Set(values).size < 2) return undefined;
  return way === "low" ? Math.min(...values) : Math.max(...values);
}
