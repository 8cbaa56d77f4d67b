/** A cache of what Python sends once under a key: it outlives reruns and changes of page, and keeps the most recently used. */

const CAPACITY = 6; // entries per registry; pinned ones may exceed it

export class Registry<T> {
  private readonly values = new Map<string, T>(); // least recently used first
  private readonly waiting = new Map<string, ((value: T) => void)[]>();
  private readonly pinned = new Map<string, number>();

  put(key: string, value: T): void {
    this.values.delete(key);
    this.values.set(key, value);
    this.waiting.get(key)?.forEach((resolve) => resolve(value));
    this.waiting.delete(key);
    this.evict();
  }

  has(key: string): boolean {
    return this.values.has(key);
  }

  /** The value, as soon as it arrives. */
  get(key: string): Promise<T> {
    const value = this.values.get(key);
    if (value !== undefined) {
      this.put(key, value);
      return Promise.resolve(value);
    }
    return new Promise((resolve) => this.waiting.set(key, [...(this.waiting.get(key) ?? []), resolve]));
  }

  /** Keeps a key until the returned function is called. Streamlit does not send an element again while it is on the page. */
  pin(key: string): () => void {
    this.pinned.set(key, (this.pinned.get(key) ?? 0) + 1);
    let active = true;
    return () => {
      if (!active) return;
      active = false;
      const left = (this.pinned.get(key) ?? 1) - 1;
      if (left) this.pinned.set(key, left);
      else this.pinned.delete(key);
    };
  }

  private evict(): void {
    for (const key of this.values.keys()) {
      if (this.values.size <= CAPACITY) return;
      if (!this.pinned.has(key)) this.values.delete(key);
    }
  }
}
