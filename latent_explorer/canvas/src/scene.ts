/** The state that all views of a canvas share: one latent code, its condition, the selection, a path. */

export type Change = "code" | "condition" | "selection" | "image" | "stops" | "posterior";
type Listener = (change: Change) => void;

export class Scene {
  z: Float32Array;
  image: Float32Array | null = null; // E[x|z], decoded
  selection: Uint32Array | null = null;
  stops: Float32Array[] = []; // codes that the path goes through
  posterior: { mean: Float32Array; std: Float32Array } | null = null; // of the image that was drawn or picked
  readonly locked = new Set<number>(); // units that no movement changes
  private readonly listeners = new Set<Listener>();

  /** ``onRelease`` is called when a gesture ends: the moment at which Python receives the state. */
  constructor(
    readonly dims: number,
    public condition: Float32Array | null,
    private readonly onRelease: (scene: Scene) => void,
  ) {
    this.z = new Float32Array(dims);
  }

  /** Calls ``listener`` on every change; returns a function that ends it. */
  subscribe(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  notify(change: Change): void {
    this.listeners.forEach((listener) => listener(change));
  }

  /** Sets the code while a gesture runs; locked units keep their values. */
  moveTo(z: ArrayLike<number>): void {
    this.z = Float32Array.from({ length: this.dims }, (_, j) => (this.locked.has(j) ? this.z[j] : z[j]));
    this.notify("code");
  }

  moveUnit(unit: number, value: number): void {
    const z = this.z.slice();
    z[unit] = value;
    this.moveTo(z);
  }

  /** Ends a gesture. */
  release(): void {
    this.onRelease(this);
  }

  /** Sets the code in one step. */
  jumpTo(z: ArrayLike<number>): void {
    this.moveTo(z);
    this.release();
  }

  setCondition(condition: Float32Array): void {
    this.condition = condition;
    this.notify("condition");
  }

  selectRows(rows: Uint32Array | null): void {
    this.selection = rows;
    this.notify("selection");
    this.release();
  }

  setPosterior(posterior: Scene["posterior"]): void {
    this.posterior = posterior;
    this.notify("posterior");
  }

  setStops(stops: Float32Array[]): void {
    this.stops = stops;
    this.notify("stops");
  }
}

/** The row numbers in a bit set of ``bitsOf``. */
export function rowsOf(bits: string, n: number): Uint32Array {
  const bytes = Uint8Array.from(atob(bits), (letter) => letter.charCodeAt(0));
  const rows: number[] = [];
  for (let i = 0; i < Math.min(n, 8 * bytes.length); i++) if (bytes[i >> 3] & (1 << (i & 7))) rows.push(i);
  return Uint32Array.from(rows);
}

/** Row numbers as a bit per row, in base64: a selection among half a million points stays small. */
export function bitsOf(rows: ArrayLike<number>, n: number): string {
  const bytes = new Uint8Array(Math.ceil(n / 8));
  for (let i = 0; i < rows.length; i++) bytes[rows[i] >> 3] |= 1 << (rows[i] & 7);
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}
