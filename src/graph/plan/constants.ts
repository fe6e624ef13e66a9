/**
 * What a program makes of constants alone: transformed kernels, folded normalizations. What its runs read of that is kept
 * next to the variables, and made again only when one of those has changed.
 */
import { createHash } from "node:crypto";
import { tuningKey } from "../../kernels/gpu/tuning.js";
import type { Launch, Operand } from "../../kernels/op.js";
import type { Node } from "../graph.js";
import type { Variable } from "../variable.js";

/** A value that is kept. */
export interface Kept extends Operand {
  /** What it is made of and how: the same name means the same values. */
  readonly name: string;
  readonly sources: readonly Variable[];
  /** All that lead from the variables to it. */
  readonly launches: ReadonlySet<Launch>;
}

/** Longer names are hashed: one contains those of all that it is made of. */
const longestName = 200;

/** Collects them while nodes are lowered. */
export class Constants {
  /** By slot. Variables are among them, with no launches. */
  private readonly made = new Map<number, Kept>();
  /** Launches that make one. */
  private readonly making = new Set<Launch>();

  /** @param variables that the program leaves as they are, with their slots */
  constructor(variables: readonly (readonly [Variable, Operand])[]) {
    for (const [variable, operand] of variables)
      this.made.set(operand.slot, {
        ...operand,
        name: `#${variable.id}`,
        sources: [variable],
        launches: new Set(),
      });
  }

  has(slot: number): boolean {
    return this.made.has(slot);
  }

  /** A form of a constant, made by `launches`. */
  addForm(made: Operand, source: Operand, form: string, launches: readonly Launch[]): void {
    this.add(made, `${this.made.get(source.slot)!.name} ${form}`, [source], launches);
  }

  /** The outputs of a node all of whose inputs are constant. */
  addOutputs(
    { op, attrs }: Node,
    inputs: readonly Operand[],
    outputs: readonly Operand[],
    launches: readonly Launch[],
  ): void {
    const names = inputs.map(({ slot }) => this.made.get(slot)!.name);
    const specs = inputs.map((input) => ({ ...input, constant: true }));
    const key = tuningKey(op.name, specs, attrs);
    outputs.forEach((output, i) => {
      this.add(output, `${key} of ${names.join(", ")}, output ${i}`, inputs, launches);
    });
  }

  /**
   * Which constants are kept, and which launches belong to every run.
   *
   * Kept is what the latter or the host read. What only leads to that is made on the way, in memory that other values
   * share. What is made of no variable has none to be kept next to: it is made in every run that reads it.
   *
   * @param launches of the whole program
   * @param outputs slots that the host reads
   */
  split(
    launches: readonly Launch[],
    outputs: readonly number[],
  ): { kept: Kept[]; recurring: ReadonlySet<Launch> } {
    const recurring = new Set(launches.filter((launch) => !this.making.has(launch)));
    const read = new Set([...recurring].flatMap(({ args }) => args.map(({ slot }) => slot)));
    for (const slot of outputs) read.add(slot);
    const constants = [...read].flatMap((slot) => this.made.get(slot) ?? []);
    for (const constant of constants)
      if (constant.sources.length === 0) for (const launch of constant.launches) recurring.add(launch);
    return {
      kept: constants.filter((constant) => constant.sources.length > 0 && constant.launches.size > 0),
      recurring,
    };
  }

  private add(
    { shape, dtype, slot }: Operand,
    name: string,
    from: readonly Operand[],
    launches: readonly Launch[],
  ): void {
    const short = name.length > longestName ? createHash("sha256").update(name).digest("hex") : name;
    const before = from.map((operand) => this.made.get(operand.slot)!);
    for (const launch of launches) this.making.add(launch);
    this.made.set(slot, {
      ...{ shape, dtype, slot, name: short },
      sources: [...new Set(before.flatMap(({ sources }) => sources))],
      launches: new Set([...before.flatMap((made) => [...made.launches]), ...launches]),
    });
  }
}
