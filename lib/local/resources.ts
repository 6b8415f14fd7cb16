type Close = () => Promise<unknown>;

/** What a run has started, to be stopped in reverse order whatever happens. */
export class Resources {
  private readonly open: { name: string; close: Close }[] = [];

  add(name: string, close: Close): void {
    this.open.push({ name, close });
  }

  /** Stops everything, also when one stop fails; says on standard error which did. */
  async close(): Promise<void> {
    for (let next = this.open.pop(); next; next = this.open.pop()) {
      const { name, close } = next;
      await close().catch((error: unknown) => console.error(`millrace: could not stop ${name}:`, error));
    }
  }
}
