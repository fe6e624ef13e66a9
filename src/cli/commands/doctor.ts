import type { Command } from "commander";
import { WgraftError } from "../../errors.js";
import { ExitCode } from "../exitCodes.js";
import { addOptions, deviceOptions } from "../optionTable.js";
import type { Output } from "../output.js";
import { run, type CommandContext, type GlobalOptions } from "../run.js";

export function register(program: Command): void {
  const command = program
    .command("doctor")
    .description("show the GPU adapter and its features, and run a self-test");
  addOptions(command, deviceOptions).action((options: GlobalOptions) =>
    run(options, (context) => doctor(context, options)),
  );
}

/** Which GPU there is, what it can do, and whether it computes what it should. */
async function doctor({ out }: CommandContext, options: GlobalOptions): Promise<ExitCode> {
  const { describeAdapter, describeHost } = await import("../../transfer/diagnosis/machine.js");
  const host = describeHost();
  let adapter: Awaited<ReturnType<typeof describeAdapter>>;
  try {
    adapter = await describeAdapter(options);
  } catch (error) {
    if (!(error instanceof WgraftError) || error.code !== "no-adapter") throw error;
    // Where there are adapters of other names, drivers are not what is wrong.
    const hasAdapters = Array.isArray(error.expected) && error.expected.length > 0;
    const { lookForVulkan } = await import("../../transfer/diagnosis/vulkan.js");
    const findings = hasAdapters ? [] : await lookForVulkan();
    printSection(out, "host", host);
    out.result();
    out.result(error.message);
    for (const finding of findings) out.result(`- ${finding}`);
    out.finish({ ok: false, host, adapter: null, error: error.message, findings });
    return ExitCode.noAdapter;
  }
  const { selfTest } = await import("../../transfer/diagnosis/selfTest.js");
  const test = await selfTest(options);
  const ok = test.error <= test.tolerance;
  printSection(out, "host", host);
  const { limits, ...facts } = adapter;
  printSection(out, "adapter", facts);
  printSection(out, "limits", limits);
  const verdict = ok ? "passed" : "FAILED";
  const { error, tolerance, milliseconds } = test;
  out.result();
  out.result(
    `self-test ${verdict}: a ${test.shape} product differs from the host's by ${error.toExponential(1)} ` +
      `(at most ${tolerance.toExponential(1)} is expected), ${milliseconds.toFixed(0)} ms with compilation`,
  );
  out.finish({ ok, host, adapter, selfTest: test });
  if (ok) out.next(["train", "--data", "DIR", "--preset", "quick"]);
  return ok ? ExitCode.done : ExitCode.failed;
}

type Facts = Readonly<Record<string, string | number | boolean | readonly string[]>>;

function printSection(out: Output, title: string, facts: Facts): void {
  out.result(title);
  const width = Math.max(...Object.keys(facts).map((name) => name.length));
  for (const [name, value] of Object.entries(facts)) {
    const text = Array.isArray(value)
      ? value.join(", ") || "none"
      : value.toLocaleString("en-US") || "unknown";
    out.result(`  ${name.padEnd(width)}  ${text}`);
  }
}
