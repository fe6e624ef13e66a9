import type { Command } from "commander";
import { addDeviceOptions } from "../options.js";
import { run, type GlobalOptions } from "../run.js";

export function register(program: Command): void {
  const command = program
    .command("doctor")
    .description("show the GPU adapter and its features, and run a self-test");
  addDeviceOptions(command).action((options: GlobalOptions) =>
    run(options, async (context) => (await import("../doctor.js")).doctor(context, options)),
  );
}
