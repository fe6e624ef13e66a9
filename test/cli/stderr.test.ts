/** What reaches stderr of a process whose file descriptor 2 is filtered, as bin/wgraft.cjs does it on Linux. */
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/images.js";

const execute = promisify(execFile);

const dawns = (what: string) =>
  `Warning: maxDynamic${what}BuffersPerPipelineLayout artificially reduced from 1000000 to 16 to fit dynamic offset allocation limit.\n`;

/** A program that writes as Dawn does, as Node does, and then ends as told. */
async function program(end = ""): Promise<string> {
  const path = join(await temporaryFolder(), "program.cjs");
  const native = (text: string) => `require("node:fs").writeSync(2, ${JSON.stringify(text)});`;
  const lines = [
    `const filters = require(${JSON.stringify(resolve("bin/stderr.cjs"))}).filterStderr();`,
    native(`${dawns("Uniform")}${dawns("Storage")}Warning: something else\n`),
    `process.stderr.write("filters: " + filters + "\\n");`,
    end === "abort" ? `${native("the driver's last words")} process.abort();` : "",
  ];
  await writeFile(path, lines.join("\n"));
  return path;
}

/** In a shell, whose pipes can be opened again: Node's are sockets. */
async function shell(command: string): Promise<string> {
  return (await execute("/bin/sh", ["-c", command])).stdout;
}

const sorted = (text: string) => text.trimEnd().split(/\r?\n/).sort();
const passedOn = ["Warning: something else", "filters: true"];

describe.skipIf(process.platform !== "linux")("stderr without Dawn's lines about adapters", () => {
  it("passes everything else on, through a pipe", async () => {
    expect(sorted(await shell(`node ${await program()} 2>&1 >/dev/null | cat`))).toEqual(passedOn);
  });

  it("passes it on to a terminal", async () => {
    expect(sorted(await shell(`script -qec "node ${await program()}; sleep 0.2" /dev/null`))).toEqual(
      passedOn,
    );
  });

  it("passes it on to a file that is appended to", async () => {
    const log = join(await temporaryFolder(), "log");
    await writeFile(log, "before\n");
    await shell(`node ${await program()} 2>>${log}; sleep 0.2`);
    const text = await readFile(log, "utf8");
    expect(text).toMatch(/^before\n/);
    expect(sorted(text)).toEqual([...passedOn, "before"].sort());
  });

  it("loses no message of a crash", async () => {
    const text = await shell(`(ulimit -c 0; node ${await program("abort")}) 2>&1 >/dev/null | cat`);
    expect(text).toContain("the driver's last words");
    expect(text).not.toContain("maxDynamic");
  });

  it("passes it on to a file that is not, in its place and before the process ends", async () => {
    const log = join(await temporaryFolder(), "log");
    await shell(`{ echo before >&2; node ${await program()}; echo after >&2; } 2>${log}`);
    expect(await readFile(log, "utf8")).toBe("before\nWarning: something else\nfilters: true\nafter\n");
  });

  it("passes it on to a socket, which is what Node gives a child", async () => {
    const { stderr } = await execute(process.execPath, [await program()]);
    expect(stderr).toBe("Warning: something else\nfilters: true\n");
  });

  it("leaves a file as it is that stdout goes to as well", async () => {
    const log = join(await temporaryFolder(), "log");
    await shell(`node ${await program()} >${log} 2>&1`);
    const text = await readFile(log, "utf8");
    expect(text).toBe(`${dawns("Uniform")}${dawns("Storage")}Warning: something else\nfilters: false\n`);
  });
});
