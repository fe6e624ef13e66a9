/** What every command runs inside: its device, its interruption, its errors. */
import { WgraftError, messageOf } from "../errors.js";
import type { Device } from "../kernels/gpu/device.js";
import { oneLine } from "../printable.js";
import type { FloatType } from "../tensor.js";
import type { TransferOptions } from "../transfer/options.js";
import { ExitCode, exitCodeOf } from "./exitCodes.js";
import { messageWithFlags, withFlags } from "./flags.js";
import { Output } from "./output.js";
import { watchSignals } from "../io/terminal/interruption.js";
import type { ProgressDisplay } from "../io/terminal/progress.js";

/** Options that every command has. */
export interface GlobalOptions {
  json?: boolean;
  quiet?: boolean;
  verbose?: boolean;
  adapter?: string;
  toggles?: readonly string[];
  fast?: boolean;
  /** Bytes. */
  memoryBudget?: number;
  /** False where heuristics are to choose among kernels. */
  autotune?: boolean;
  /** What activations are stored as: float32 where that was not typed. */
  precision?: FloatType;
}

/** What a command is given. */
export interface CommandContext {
  readonly out: Output;
  readonly progress: ProgressDisplay;
  /** Fires at the first Ctrl-C or SIGTERM. */
  readonly signal: AbortSignal;
  /**
   * The GPU device, opened at the first call and destroyed when the command ends.
   * @param precision of the run that is resumed; default: that of the options
   */
  device(precision?: FloatType): Promise<Device>;
}

/** What the functions of src/transfer are given by a command. */
export function transferOptions(context: CommandContext): TransferOptions {
  const { out, progress, signal } = context;
  return {
    device: (precision) => context.device(precision),
    signal,
    onNote: (note) => {
      progress.stop();
      out.note(withFlags(note));
    },
    onDownload: ({ url, received, total }) => {
      const toMiB = (bytes: number) => Math.ceil(bytes / 2 ** 20);
      if (!progress.shows("download")) out.note(`downloading ${url}`);
      progress.show({ label: "download", total: toMiB(total ?? 0), unit: "MiB" }, toMiB(received));
    },
  };
}

/** Runs a command to its end and leaves its exit code in `process.exitCode`. Never rejects. */
export async function run<O extends GlobalOptions>(
  options: O,
  command: (context: CommandContext, own: Omit<O, keyof GlobalOptions>) => Promise<ExitCode | void>,
): Promise<void> {
  const { json, quiet, verbose, adapter, toggles, fast, memoryBudget, autotune, precision, ...own } = options;
  const out = new Output(json === true, quiet);
  const interruption = watchSignals((line) => out.note(line));
  const progress = await (await import("../io/terminal/progress.js")).ProgressDisplay.open(quiet);
  out.around = (write) => progress.above(write);
  let device: Promise<Device> | undefined;
  const openDevice = async (asked = precision) => {
    const { createDevice } = await import("../kernels/gpu/device.js");
    const { tuningCache } = await import("../io/cache/tuningCache.js");
    const onNote = (note: string) => out.note(note);
    const tuning = autotune !== false && tuningCache({ onNote });
    return createDevice({ adapter, toggles, fast, precision: asked, memoryBudget, autotune: tuning, onNote });
  };
  try {
    if (quiet && verbose)
      throw new WgraftError("usage", "--quiet and --verbose contradict each other; omit one");
    const context: CommandContext = {
      out,
      progress,
      signal: interruption.signal,
      device: (precision) => (device ??= openDevice(precision)),
    };
    process.exitCode = (await command(context, own)) ?? ExitCode.done;
  } catch (error) {
    progress.stop();
    reportError(error, out, verbose);
    process.exitCode = exitCodeOf(error);
  } finally {
    interruption.stop();
    // One that could not be opened has been reported above.
    await device?.then(
      (opened) => opened.destroy(),
      () => undefined,
    );
  }
}

/** One line that says what is wrong; the stack only for those who ask. */
export function reportError(error: unknown, out: Output, verbose = false): void {
  out.error(`${out.colors.red("wgraft:")} ${describeError(error)}`);
  if (!verbose && process.env.WGRAFT_DEBUG !== "1") return;
  for (let at: unknown = error; at instanceof Error; at = at.cause) out.error(at.stack ?? at.message);
}

function describeError(error: unknown): string {
  if (!(error instanceof WgraftError))
    return `unexpected error: ${oneLine(messageOf(error))}; --verbose shows where`;
  return messageWithFlags(error);
}
