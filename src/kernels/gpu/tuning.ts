/** Which variant of an op to launch for which shapes: what is measured once is chosen by the table afterwards. */
import { formatSpec, type TensorSpec } from "../../tensor.js";
import type { DeviceCaps, Op } from "../op.js";
import { turns } from "./turns.js";

/** Variants by the key of what they compute. */
export type Choices = ReadonlyMap<string, string>;

/** Where choices are kept from one process to the next. */
export interface TuningStore {
  /** Those made on a platform before; none where there is nothing to be read. */
  load(platform: string): Promise<Choices>;
  /** Adds choices to those that are there. */
  add(platform: string, choices: Choices): Promise<void>;
}

/** An input as the tuning sees it. */
export interface TunedInput extends TensorSpec {
  /** A variable that the program leaves alone, so that what is derived of it is made once. */
  readonly constant: boolean;
}

/** What there is to choose for a node. */
export interface Tunable {
  readonly key: string;
  readonly inputs: readonly TunedInput[];
  /** Two or more; the first is the heuristic's. */
  readonly variants: readonly string[];
  /** Undefined where nothing valid was chosen yet. */
  readonly choice: string | undefined;
}

/** The variant that is launched. */
export function launchedVariant({ variants, choice }: Tunable): string {
  return choice ?? variants[0];
}

/** @returns undefined where an op has one variant only, for these shapes on this adapter */
export function tunableOf<A>(
  caps: DeviceCaps,
  op: Op<A>,
  inputs: readonly TunedInput[],
  outputs: readonly TensorSpec[],
  attrs: A,
): Tunable | undefined {
  const variants = [...(op.variants?.(caps, inputs, outputs, attrs).keys() ?? [])];
  if (variants.length < 2) return undefined;
  const key = tuningKey(op.name, inputs, attrs);
  // A table comes from a file, and may name what another version of this library has.
  const choice = variants.find((variant) => variant === caps.choices?.get(key));
  return { key, inputs, variants, choice };
}

/** The same for the same op, shapes and attributes, in whatever order those are written down. */
export function tuningKey(op: string, inputs: readonly TunedInput[], attrs: unknown): string {
  const operands = inputs.map((input) => `${input.constant ? "constant " : ""}${formatSpec(input)}`);
  return `${op}(${operands.join(", ")}) ${sortedJson(attrs)}`;
}

function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** What the times depend on besides the shapes: adapter, driver, Dawn, and the kernels, which come with this package. */
export function platformKey(
  info: Readonly<Record<"vendor" | "architecture" | "device" | "description", string>>,
  toggles: readonly string[],
  versions: Readonly<Record<"webgpu" | "wgraft", string>>,
): string {
  const adapter = [info.vendor, info.architecture, info.device, info.description].join(", ");
  const switches = toggles.length > 0 ? `; ${[...toggles].sort().join(", ")}` : "";
  return `${adapter}; webgpu ${versions.webgpu}; wgraft ${versions.wgraft}${switches}`;
}

const featuresSuffix = "; cached features";

/** Where a store keeps which variants cached features were computed with. */
function featuresPlatform(platform: string): string {
  return platform + featuresSuffix;
}

/** Whether what a store has under a name was measured. */
export function isMeasured(platform: string): boolean {
  return !platform.endsWith(featuresSuffix);
}

/** What a device measured, and the store behind that. */
export class Tuning {
  /** Runs a task when those given before it have ended: two that measure at once would measure each other. */
  readonly inTurn = turns();
  /** The job that measures next to its work, if any: see graph/tuning/job.ts. */
  job: object | undefined;
  private readonly fresh = new Map<string, string>();
  private unsaved = new Map<string, string>();
  private unsavedForFeatures = new Map<string, string>();

  private constructor(
    private readonly table: Map<string, string>,
    private readonly ofFeatures: Map<string, string>,
    private readonly platform: string,
    private readonly store: TuningStore | undefined,
  ) {}

  static async open(platform: string, store: TuningStore | undefined): Promise<Tuning> {
    const table = await store?.load(platform);
    const ofFeatures = await store?.load(featuresPlatform(platform));
    return new Tuning(new Map(table), new Map(ofFeatures), platform, store);
  }

  /** The variants that cached features were computed with, the latest ones. */
  get featureKernels(): Choices {
    return this.ofFeatures;
  }

  keepFeatureKernels(kernels: Choices): void {
    for (const [key, variant] of kernels) {
      if (this.ofFeatures.get(key) === variant) continue;
      this.ofFeatures.set(key, variant);
      this.unsavedForFeatures.set(key, variant);
    }
  }

  /** Those that programs are compiled with. */
  get choices(): Choices {
    return this.table;
  }

  /** Whether something valid was measured for it, by this device or an earlier one. */
  knows({ key, variants }: Pick<Tunable, "key" | "variants">): boolean {
    const choice = this.fresh.get(key) ?? this.table.get(key);
    return choice !== undefined && variants.includes(choice);
  }

  /** Keeps what was measured. Programs are compiled with it from the next `adopt` on. */
  choose(key: string, variant: string): void {
    this.fresh.set(key, variant);
    this.unsaved.set(key, variant);
  }

  adopt(): void {
    for (const [key, variant] of this.fresh) this.table.set(key, variant);
    this.fresh.clear();
  }

  /** Hands what was chosen since the last call to the store. */
  async save(): Promise<void> {
    const { unsaved, unsavedForFeatures } = this;
    this.unsaved = new Map();
    this.unsavedForFeatures = new Map();
    if (unsaved.size > 0) await this.store?.add(this.platform, unsaved);
    if (unsavedForFeatures.size > 0)
      await this.store?.add(featuresPlatform(this.platform), unsavedForFeatures);
  }
}
