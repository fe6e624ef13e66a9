/**
 * The choices of kernels that come with this package, for adapters of an architecture that somebody measured. They serve
 * until the machine itself has measured them. `scripts/ledger.mjs` adds what `wgraft bench --tune --out` wrote.
 */
import type { AdapterInfo } from "./adapter.js";
import type { Choices } from "./tuning.js";
import ledger from "./ledger.json" with { type: "json" };

/** A table of the ledger. */
interface Known {
  readonly choices: Readonly<Record<string, string>>;
}

/** What adapters have in common whose choices are alike: "nvidia ampere", "mesa software". */
export function architectureKey({
  vendor,
  architecture,
}: Pick<AdapterInfo, "vendor" | "architecture">): string {
  return `${vendor} ${architecture}`.trim().toLowerCase();
}

/** None for an architecture that nobody has measured. A choice may be one that an adapter does not have: then it does not count. */
export function knownChoices(info: Pick<AdapterInfo, "vendor" | "architecture">): Choices {
  const architectures = new Map<string, Known>(Object.entries(ledger.architectures));
  const known = architectures.get(architectureKey(info));
  return new Map(Object.entries(known?.choices ?? {}));
}
