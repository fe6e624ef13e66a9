import type { Command } from "commander";
import { addDeviceOptions } from "../options.js";
import { run, type GlobalOptions } from "../run.js";

export function register(program: Command): void {
  const command = program
    .command("doctor")
    .description("what GPU there is, what it can do, whether it computes right");
  addDeviceOptions(command).action((options: GlobalOptions) =>
    run(options, async (context) => (await import("../doctor.js")).doctor(context, options)),
  );
}
