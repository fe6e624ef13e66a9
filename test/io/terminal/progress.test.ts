/** Progress and other lines on one terminal: none is written into another. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ProgressDisplay } from "../../../src/io/terminal/progress.js";

/** What a terminal makes of the escape sequences that are written here. */
class Screen {
  private readonly rows: string[] = [""];
  private x = 0;
  private y = 0;
  private saved = { x: 0, y: 0 };

  write(text: string): true {
    for (const [part] of text.matchAll(/\x1b\[\??\d*(?:;\d+)*[A-Za-z]|\x1b[78]|[^\x1b]/gs)) this.take(part);
    return true;
  }

  get lines(): string[] {
    return this.rows.map((row) => row.trimEnd()).filter((row) => row !== "");
  }

  private take(part: string): void {
    const sequence = /^\x1b\[(\d*)([A-Za-z])$/.exec(part);
    const row = this.rows[this.y];
    if (part === "\n") [this.x, this.y] = [0, this.y + 1];
    else if (part === "\r") this.x = 0;
    else if (part === "\x1b7") this.saved = { x: this.x, y: this.y };
    else if (part === "\x1b8") ({ x: this.x, y: this.y } = this.saved);
    else if (sequence?.[2] === "G") this.x = Number(sequence[1]) - 1;
    else if (sequence?.[2] === "K") this.rows[this.y] = sequence[1] === "2" ? "" : row.slice(0, this.x);
    else if (!part.startsWith("\x1b")) {
      this.rows[this.y] = row.padEnd(this.x).slice(0, this.x) + part + row.slice(this.x + 1);
      this.x++;
    }
    this.rows[this.y] ??= "";
  }
}

let screen: Screen;
const { isTTY, columns } = process.stderr;
beforeEach(() => {
  screen = new Screen();
  vi.spyOn(process.stderr, "write").mockImplementation((text) => screen.write(String(text)));
  Object.assign(process.stderr, { isTTY: true, columns: 100 });
  vi.stubEnv("TERM", "xterm");
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  Object.assign(process.stderr, { isTTY, columns });
});

const note = (display: ProgressDisplay, line: string) =>
  display.above(() => process.stderr.write(`${line}\n`));

describe("a line on a terminal", () => {
  it("stands above a live line, which is drawn again, and goes when the task ends", async () => {
    const display = await ProgressDisplay.open();
    for (const step of [1, 2, 3]) {
      display.live(() => `Epoch 1/3 ${step}/3`);
      note(display, `note ${step}`);
    }
    display.live(() => "Epoch 2/3 1/3, 40 img/s");
    expect(screen.lines).toEqual(["note 1", "note 2", "note 3", "Epoch 2/3 1/3, 40 img/s"]);
    display.stop();
    note(display, "Epoch 2/3 - 1.0s");
    expect(screen.lines).toEqual(["note 1", "note 2", "note 3", "Epoch 2/3 - 1.0s"]);
  });

  it.each([
    ["a bar that leaves no trace", true, [] as unknown[]],
    ["a bar that stays", false, [expect.stringMatching(/^images \[=+\] 4\/4 img/) as unknown]],
  ])("stands above %s", async (_, transient, left) => {
    const display = await ProgressDisplay.open();
    process.stderr.write("before\n");
    for (const done of [1, 2, 3, 4]) {
      display.show({ label: "images", total: 4, transient }, done);
      note(display, `note ${done}`);
      expect(screen.lines.at(-1)).toMatch(/^images \[/);
    }
    display.stop();
    process.stderr.write("after\n");
    const notes = [1, 2, 3, 4].map((done) => `note ${done}`);
    expect(screen.lines).toEqual(["before", ...notes, ...left, "after"]);
  });

  it("has the terminal's line to itself where nothing is shown, not behind the ^C of the keyboard", async () => {
    const display = await ProgressDisplay.open();
    process.stderr.write("^C");
    note(display, "stopping");
    expect(screen.lines).toEqual(["stopping"]);
  });
});
