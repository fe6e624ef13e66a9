/** What Mesa's RADV prints of each shader under RADV_DEBUG=shaderstats, between marks of ours. */

/** A pipeline that is about to be compiled. */
export interface Marked {
  readonly kernel: string;
  readonly prelude?: string;
  readonly constants?: Readonly<Record<string, number>>;
  /** Network, op and variant. */
  readonly users: readonly string[];
}

/** A pipeline, and what the compiler made of it. */
export interface Compiled extends Marked {
  readonly vgprs: number;
  readonly sgprs: number;
  /** Registers that had to live in memory: none, if a kernel is to be fast. */
  readonly spills: number;
  /** Bytes of private memory an invocation. */
  readonly scratch: number;
  /** Bytes of workgroup memory. */
  readonly lds: number;
  /** Subgroups that a SIMD keeps in flight, as far as registers and workgroup memory allow. */
  readonly occupancy: number;
}

const MARK = "@@pipeline ";

/** A line of its own, wherever the driver's last one ended. */
export function mark(pipeline: Marked): string {
  return `\n${MARK}${JSON.stringify(pipeline)}\n`;
}

/** All pipelines of a log. @throws Error where the driver printed nothing of one */
export function readStats(log: string): Compiled[] {
  return log
    .split(`\n${MARK}`)
    .slice(1)
    .map((part) => {
      const end = part.indexOf("\n");
      const marked = JSON.parse(part.slice(0, end)) as Marked;
      const stats = new Map(
        [...part.slice(end).matchAll(/^([A-Z][A-Za-z -]+): (\d+)\s*$/gm)].map(([, name, value]) => [
          name,
          Number(value),
        ]),
      );
      const stat = (name: string): number => {
        const value = stats.get(name);
        if (value === undefined) throw new Error(`${marked.kernel}: the driver printed no "${name}"`);
        return value;
      };
      return {
        ...marked,
        vgprs: stat("VGPRs"),
        sgprs: stat("SGPRs"),
        spills: stat("Spilled SGPRs") + stat("Spilled VGPRs"),
        scratch: stat("Scratch size"),
        lds: stat("LDS size"),
        occupancy: stat("Subgroups per SIMD"),
      };
    });
}
