/** Which variants a device's programs launch, and a record of those that they did launch. */
import { launchedVariant, type Choices, type Tunable } from "./tuning.js";

/** The variants that were launched since a recording began. */
export interface Recording {
  readonly kernels: Choices;
  end(): void;
}

/**
 * By precedence: what a run has pinned, what was measured on this machine, what is known of the adapter's architecture. What
 * none of these has is left to the heuristic.
 */
export class KernelChoices {
  private readonly pins: Choices[] = [];
  private readonly recordings = new Set<Map<string, string>>();

  constructor(
    private readonly measured: Choices = new Map(),
    private readonly known: Choices = new Map(),
  ) {}

  get(key: string): string | undefined {
    return this.pinned(key) ?? this.measured.get(key) ?? this.known.get(key);
  }

  get isPinned(): boolean {
    return this.pins.length > 0;
  }

  /**
   * Gives choices precedence in all programs that are compiled from now on. Those pinned earlier keep theirs.
   * @returns to be called when that ends
   */
  pin(choices: Choices): () => void {
    this.pins.push(choices);
    return () => {
      const place = this.pins.indexOf(choices);
      if (place >= 0) this.pins.splice(place, 1);
    };
  }

  /** Records what programs launch that are compiled until `end`. */
  record(): Recording {
    const kernels = new Map<string, string>();
    this.recordings.add(kernels);
    return { kernels, end: () => void this.recordings.delete(kernels) };
  }

  /**
   * To be called with all tunables of a program that is about to be built.
   * @returns how many pinned choices are not valid on this adapter
   */
  launched(tunables: readonly Tunable[]): number {
    const invalid = new Set<string>();
    for (const tunable of tunables) {
      const variant = launchedVariant(tunable);
      const pinned = this.pinned(tunable.key);
      if (pinned !== undefined && pinned !== variant) invalid.add(tunable.key);
      for (const recording of this.recordings) recording.set(tunable.key, variant);
    }
    return invalid.size;
  }

  private pinned(key: string): string | undefined {
    for (const pin of this.pins) {
      const variant = pin.get(key);
      if (variant !== undefined) return variant;
    }
    return undefined;
  }
}
