/** What all views share: one code z, and what the hand has done to it. */

export type Change = "code" | "condition" | "selection" | "image" | "stops" | "posterior";
type Listener = (change: Change) => void;

export class Scene {
  z: Float32Array;
  image: Float32Array | null = null; // E[x|z], decoded
  selection: Uint32Array | null = null;
  stops: Float32Array[] = [];
  posterior: { mean: Float32Array; std: Float32Array } | null = null; // of the image that was drawn or picked
  readonly locked = new Set<number>();
  private readonly listeners = new Set<Listener>();

  constructor(
    readonly dims: number,
    public condition: Float32Array | null, // what the decoder is told at first
    private readonly released: (scene: Scene) => void,
  ) {
    this.z = new Float32Array(dims);
  }

  on(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  emit(change: Change): void {
    this.listeners.forEach((listener) => listener(change));
  }

  /** The hand moves: locked units stay. */
  move(z: ArrayLike<number>): void {
    this.z = Float32Array.from({ length: this.dims }, (_, j) => (this.locked.has(j) ? this.z[j] : z[j]));
    this.emit("code");
  }

  moveUnit(unit: number, value: number): void {
    const z = this.z.slice();
    z[unit] = value;
    this.move(z);
  }

  /** The hand lets go: now Python hears of it. */
  release(): void {
    this.released(this);
  }

  jump(z: ArrayLike<number>): void {
    this.move(z);
    this.release();
  }

  setCondition(weights: Float32Array): void {
    this.condition = weights;
    this.emit("condition");
  }

  select(rows: Uint32Array | null): void {
    this.selection = rows;
    this.emit("selection");
    this.release();
  }

  setPosterior(posterior: Scene["posterior"]): void {
    this.posterior = posterior;
    this.emit("posterior");
  }

  setStops(stops: Float32Array[]): void {
    this.stops = stops;
    this.emit("stops");
  }
}

/** The rows of a ``bitset``. */
export function rowsOf(bits: string, n: number): Uint32Array {
  const bytes = Uint8Array.from(atob(bits), (letter) => letter.charCodeAt(0));
  const rows: number[] = [];
  for (let i = 0; i < Math.min(n, 8 * bytes.length); i++) if (bytes[i >> 3] & (1 << (i & 7))) rows.push(i);
  return Uint32Array.from(rows);
}

/** Whole rows as a bit each, in base64: a lasso around half a million points is still small. */
export function bitset(rows: ArrayLike<number>, n: number): string {
  const bytes = new Uint8Array(Math.ceil(n / 8));
  for (let i = 0; i < rows.length; i++) bytes[rows[i] >> 3] |= 1 << (rows[i] & 7);
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}
