// Long runs of the fuzzer: node scripts/fuzz.mjs FORMAT FROM TO [--jobs N] [--out FOLDER]
//
// Each case has a seed, so a range can be run in parts and continued where the last one ended. Failures are minimised and
// kept in FOLDER (default: node_modules/.cache/wgraft-fuzz); counts are printed as JSON at the end. Formats: those of test/fuzz/formats.ts.
import { fork } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { bundling } from "./bundling.mjs";

/** Without a word from a process whose every case ends within a minute. */
const SILENCE_MS = 300_000;

// Outside dist/, which is published, and where packages are found.
const cache = "node_modules/.cache/wgraft-fuzz";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { jobs: { type: "string", default: "1" }, out: { type: "string", default: cache } },
});
const [format, from, to] = [positionals[0], Number(positionals[1]), Number(positionals[2])];
const jobs = Number(values.jobs);
if (!format || !(from < to) || !(jobs >= 1)) {
  console.error("usage: node scripts/fuzz.mjs FORMAT FROM TO [--jobs N] [--out FOLDER]");
  process.exit(2);
}
mkdirSync(values.out, { recursive: true });
// Of this run alone: several may be under way.
const program = `${cache}/fuzz-${process.pid}.mjs`;
// Next to the tests, whose golden files it finds from where it is.
await build({
  ...bundling,
  entryPoints: ["test/fuzz/range.ts"],
  outfile: program,
  define: { "import.meta.dirname": '"test/fuzz"' },
});

const counts = {};
const failures = [];
const started = performance.now();
const count = (outcome) => {
  counts[outcome] = (counts[outcome] ?? 0) + 1;
  const done = Object.values(counts).reduce((a, b) => a + b, 0);
  if (done % 1000 === 0) console.error(`${format}: ${done} of ${to - from}, ${JSON.stringify(counts)}`);
};

/** Runs the seeds of one process, and those after one that it hangs at in another. */
async function run(first, end) {
  for (let seed = first; seed < end; seed++) {
    seed = await new Promise((resolve) => {
      let at = seed;
      let finished = false;
      const child = fork(program, [format, seed, end, values.out], { execArgv: ["--enable-source-maps"] });
      const restart = (why) => {
        failures.push({ seed: at, why });
        count("failed");
        child.kill("SIGKILL");
      };
      let silence;
      const heard = () => {
        clearTimeout(silence);
        silence = setTimeout(restart, SILENCE_MS, "hang of the process");
      };
      heard();
      child.on("message", (message) => {
        heard();
        if (message.seed !== undefined) at = message.seed;
        if (message.outcome === "failed") failures.push({ seed: at, why: message.why });
        if (message.outcome) count(message.outcome);
        finished = message.outcome !== undefined && at === end - 1;
      });
      child.on("exit", (code, signal) => {
        clearTimeout(silence);
        if (!finished && signal !== "SIGKILL") restart(`the process ended with ${code ?? signal}`);
        resolve(at);
      });
    });
  }
}

const share = Math.ceil((to - from) / jobs);
await Promise.all(
  Array.from({ length: jobs }, (_, i) => run(from + i * share, Math.min(to, from + (i + 1) * share))),
);
rmSync(program);
const seconds = Math.round((performance.now() - started) / 1000);
console.log(JSON.stringify({ format, from, to, seconds, counts, failures }, null, 1));
process.exitCode = failures.length > 0 ? 1 : 0;
