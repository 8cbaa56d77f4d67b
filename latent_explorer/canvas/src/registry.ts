/** What arrived once and is used by many scenes: it outlives a rerun and a change of page, until newer things need the room. */

const KEPT = 6; // of each kind, beyond which the least recently used goes

export class Registry<T> {
  private readonly ready = new Map<string, T>();
  private readonly waiting = new Map<string, ((value: T) => void)[]>();
  private readonly pinned = new Map<string, number>();

  put(key: string, value: T): void {
    this.ready.delete(key);
    this.ready.set(key, value);
    this.waiting.get(key)?.forEach((resolve) => resolve(value));
    this.waiting.delete(key);
    this.forget();
  }

  has(key: string): boolean {
    return this.ready.has(key);
  }

  /** The value, as soon as its carrier has brought it. */
  get(key: string): Promise<T> {
    const value = this.ready.get(key);
    if (value !== undefined) {
      this.put(key, value);
      return Promise.resolve(value);
    }
    return new Promise((resolve) => this.waiting.set(key, [...(this.waiting.get(key) ?? []), resolve]));
  }

  /** Keeps the key until the returned function is called: its carrier is on the page and will not send again. */
  pin(key: string): () => void {
    this.pinned.set(key, (this.pinned.get(key) ?? 0) + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const left = (this.pinned.get(key) ?? 1) - 1;
      if (left) this.pinned.set(key, left);
      else this.pinned.delete(key);
    };
  }

  private forget(): void {
    for (const key of this.ready.keys()) {
      if (this.ready.size <= KEPT) return;
      if (!this.pinned.has(key)) this.ready.delete(key);
    }
  }
}
