/** Adds measured choices of kernels to the ledger that comes with the package. */
import type { TuningReport } from "../bench/tuningReport.js";
import { architectureKey } from "../src/kernels/gpu/ledger.js";

export { readTuningReport } from "../bench/tuningReport.js";

interface Source {
  readonly adapter: string;
  readonly wgraft: string;
  readonly date: string;
}

export interface Ledger {
  readonly schema: 1;
  readonly architectures: Readonly<
    Record<string, { readonly from: readonly Source[]; readonly choices: Readonly<Record<string, string>> }>
  >;
}

/**
 * What a report measured takes the place of what was there for the same shapes. Where the heuristic's variant is the fastest,
 * nothing is kept: later heuristics may choose better still.
 */
export function withReport(ledger: Ledger, { adapter, wgraft, date, tuned }: TuningReport): Ledger {
  const name = architectureKey(adapter);
  const before = ledger.architectures[name] ?? { from: [], choices: {} };
  const choices = new Map(Object.entries(before.choices));
  for (const { key, variants, choice } of tuned) {
    if (choice === null) continue;
    if (choice === variants[0]?.variant) choices.delete(key);
    else choices.set(key, choice);
  }
  const source = { adapter: adapter.name, wgraft, date: date.slice(0, 10) };
  const others = before.from.filter((one) => one.adapter !== source.adapter);
  const after = { from: [...others, source], choices: sorted(Object.fromEntries(choices)) };
  return { schema: 1, architectures: sorted({ ...ledger.architectures, [name]: after }) };
}

function sorted<V>(record: Readonly<Record<string, V>>): Record<string, V> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
