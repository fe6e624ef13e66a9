/** What the help of each command ends with. */
import type { Command } from "commander";

const examples: Readonly<Record<string, readonly [string, string, ...string[]]>> = {
  doctor: ["wgraft doctor", "wgraft doctor --adapter NVIDIA --precision f16"],
  summary: ["wgraft summary vgg16 --size 150", "wgraft summary runs/vgg16-1 --memory --batch-size 32"],
  "check-data": [
    "wgraft check-data photos",
    "wgraft check-data photos --app mobilenet --out data.html",
    "wgraft check-data photos --model run --json > data.json",
  ],
  extract: [
    "wgraft extract --data photos --out features.h5",
    "wgraft extract --data photos --out features.h5 --app mobilenet --pooling avg",
  ],
  train: [
    "wgraft train --data photos --preset quick",
    "wgraft train --features features.h5 --out run",
    "wgraft train --data photos --out run-augmented --augment --early-stop",
    "wgraft train --data photos --init run-augmented/model.h5 --trainable block5 --learning-rate 1e-5",
  ],
  evaluate: [
    "wgraft evaluate --model run --data photos",
    "wgraft evaluate --model run --features features.h5",
    "wgraft evaluate --model run --data photos --split test --report test.html",
  ],
  predict: [
    "wgraft predict --model run cat.jpg",
    "wgraft predict --model mobilenet photos/test --top 3 --csv > predictions.csv",
    "find photos -newer seen -name '*.jpg' | wgraft predict --model run --files-from -",
  ],
  compare: ["wgraft compare runs/vgg16-1 runs/vgg16-2", "wgraft compare runs/* --out comparison.html"],
  explain: [
    "wgraft explain --model run cat.jpg",
    "wgraft explain --model run photos/test --class dogs --out dogs",
    "wgraft explain --model run --feature-maps --layer block1_conv2 cat.jpg",
  ],
  cache: ["wgraft cache", "wgraft cache --clear"],
  bench: ["wgraft bench --out before.json", "wgraft bench --only conv2d --compare before.json"],
};

export function addExamples(commands: readonly Command[]): void {
  for (const command of commands) {
    const lines = examples[command.name()] ?? [];
    command.addHelpText("after", ["\nExamples:", ...lines.map((line) => `  ${line}`)].join("\n"));
  }
}
