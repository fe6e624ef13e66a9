/** Why a file, or a part of it, is not read: words that follow its name. */
export class Refusal extends Error {}

/** Something that a file has only so much of. Parts that share their bytes, or are named many times over, would take any amount of memory. */
export class Budget {
  constructor(
    private left: number,
    private readonly excess: string,
  ) {}

  /** @throws Refusal */
  take(amount: number): void {
    this.left -= amount;
    if (this.left < 0) throw new Refusal(this.excess);
  }
}
