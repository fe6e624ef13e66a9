/** Callbacks that write files: CSVLogger, TensorBoard; and the names of checkpoints. */
import { readFileSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { encodeScalars } from "../../src/io/tfevents.js";
import { formatPath } from "../../src/models/callbacks/formatPath.js";
import { CSVLogger, LearningRateScheduler, TensorBoard } from "../../src/models/callbacks/index.js";
import { FakeModel, fitFigures, withFolder } from "../support/fakeFit.js";
import { goldenPath } from "../support/golden.js";

describe("CSVLogger", () => {
  const golden = JSON.parse(readFileSync(goldenPath("callbacks/callbacks.json"), "utf8")) as { csv: string };

  it("writes Keras's file, one fit appended to another", () =>
    withFolder(async (folder) => {
      const path = join(folder, "log.csv");
      for (const [append, first] of [[false, 0] as const, [true, 2] as const]) {
        const logger = new CSVLogger(path, { append, separator: ";" });
        await logger.onTrainBegin();
        await logger.onEpochEnd(first, { loss: 0.5, acc: 0.25 });
        await logger.onEpochEnd(first + 1, { loss: NaN, acc: Infinity, val_loss: 1.5 });
      }
      expect(await readFile(path, "utf8")).toBe(golden.csv);
    }));

  it("replaces a file unless told to append, and begins one that is missing or empty", () =>
    withFolder(async (folder) => {
      const path = join(folder, "log.csv");
      const wanted = "epoch,val_loss\r\n0,1\r\n";
      for (const append of [true, false]) {
        await fitFigures(new FakeModel(), [new CSVLogger(path, { append })], [{ val_loss: 1 }]);
        expect(await readFile(path, "utf8")).toBe(wanted);
      }
      await writeFile(path, "");
      await fitFigures(new FakeModel(), [new CSVLogger(path, { append: true })], [{ val_loss: 1 }]);
      expect(await readFile(path, "utf8")).toBe(wanted);
    }));

  it("sees what callbacks before it add", () =>
    withFolder(async (folder) => {
      const path = join(folder, "log.csv");
      const callbacks = [new LearningRateScheduler(() => 0.5), new CSVLogger(path)];
      await fitFigures(new FakeModel(), callbacks, [{ val_loss: 1 }]);
      expect(await readFile(path, "utf8")).toBe("epoch,learning_rate,val_loss\r\n0,0.5,1\r\n");
    }));

  it("appends to no file of other columns, and says where it cannot write", () =>
    withFolder(async (folder) => {
      const path = join(folder, "log.csv");
      await writeFile(path, "epoch,loss\r\n0,1\r\n");
      const other = fitFigures(new FakeModel(), [new CSVLogger(path, { append: true })], [{ val_acc: 1 }]);
      await expect(other).rejects.toThrow(/has other columns \(epoch,loss\) than this fit \(epoch,val_acc\)/);
      const missing = fitFigures(new FakeModel(), [new CSVLogger(join(folder, "no", "log.csv"))], []);
      await expect(missing).rejects.toMatchObject({ code: "io" });
    }));
});

/** The events of a folder's only file, without the times that stand in their first nine bytes. */
async function eventsOf(folder: string): Promise<string[]> {
  const [name, ...more] = await readdir(folder);
  expect(more).toEqual([]);
  const file = await readFile(join(folder, name));
  const events: string[] = [];
  for (let at = 0; at < file.length;) {
    const length = Number(file.readBigUInt64LE(at));
    events.push(file.subarray(at + 12 + 9, at + 12 + length).toString("hex"));
    at += length + 16;
  }
  return events.slice(1);
}
const event = (step: number, values: Record<string, number>) =>
  encodeScalars(0, step, values).subarray(9).toString("hex");

describe("TensorBoard", () => {
  it("writes the figures of each epoch under Keras's tags", () =>
    withFolder(async (logDir) => {
      const figures = [
        { loss: 3, val_loss: 4, val_acc: 0.5 },
        { loss: 2, val_loss: 3, val_acc: 0.75 },
      ];
      await fitFigures(new FakeModel(), [new TensorBoard({ logDir })], figures);
      expect(await eventsOf(join(logDir, "train"))).toEqual([
        event(0, { epoch_loss: 3, epoch_learning_rate: 1 }),
        event(1, { epoch_loss: 2, epoch_learning_rate: 1 }),
      ]);
      expect(await eventsOf(join(logDir, "validation"))).toEqual([
        event(10, { evaluation_loss_vs_iterations: 4, evaluation_acc_vs_iterations: 0.5 }),
        event(0, { epoch_loss: 4, epoch_acc: 0.5 }),
        event(20, { evaluation_loss_vs_iterations: 3, evaluation_acc_vs_iterations: 0.75 }),
        event(1, { epoch_loss: 3, epoch_acc: 0.75 }),
      ]);
    }));

  it("makes no validation folder for a fit without validation", () =>
    withFolder(async (logDir) => {
      await fitFigures(new FakeModel(), [new TensorBoard({ logDir })], [{ loss: 3 }]);
      expect(await readdir(logDir)).toEqual(["train"]);
    }));

  it.each([
    ["batch" as const, [1, 2, 3]],
    [2, [2]],
    ["epoch" as const, []],
  ])("with updateFreq %s writes the batches %j", (updateFreq, steps) =>
    withFolder(async (logDir) => {
      const board = new TensorBoard({ logDir, updateFreq });
      board.setModel(new FakeModel());
      board.onTrainBegin();
      for (const batch of [0, 1, 2]) await board.onBatchEnd(batch, { loss: batch });
      await board.onEpochEnd(0, { loss: 9 });
      expect(await eventsOf(join(logDir, "train"))).toEqual([
        ...steps.map((step) => event(step, { batch_loss: step - 1 })),
        event(0, { epoch_loss: 9, epoch_learning_rate: 1 }),
      ]);
    }),
  );
});

describe("formatPath", () => {
  const values = { epoch: 7, val_loss: 0.04567, acc: -0.5, bad: NaN };

  // Right-hand sides: Python's str.format.
  it.each([
    ["best.h5", "best.h5"],
    ["{epoch}.h5", "7.h5"],
    ["{epoch:02d}-{val_loss:.2f}.h5", "07-0.05.h5"],
    ["{epoch:3d}|{epoch:03}|{acc:06.2f}", "  7|007|-00.50"],
    ["{val_loss:f} {val_loss:.2e} {val_loss}", "0.045670 4.57e-02 0.04567"],
    ["{bad:.2f}", "nan"],
    ["{{epoch}}", "{epoch}"],
  ])("%s → %s", (template, path) => {
    expect(formatPath(template, values)).toBe(path);
  });

  it.each([
    "{loss}",
    "{epoch:x}",
    "{val_loss:d}",
    "{epoch.real}",
    "{epoch!r}",
    "{}",
    "{epoch",
    "epoch}",
    "{epoch:999d}",
  ])("refuses %s", (template) => {
    expect(() => formatPath(template, values)).toThrow(/path template/);
  });

  it("does not reach what the values inherit", () => {
    expect(() => formatPath("{constructor}", values)).toThrow(/there is no constructor/);
  });
});
