/** Rows of a batch that changed: an image is decoded again only where its code or condition differs from before. */

export type Rows = Float32Array | null;

/** The rows, out of n, that differ in any of the pairs of arrays; all rows where an array is new, gone or of another size. */
export function staleRows(n: number, pairs: [now: Rows, before: Rows][]): number[] {
  const differs = (row: number) =>
    pairs.some(([now, before]) => {
      if (now?.length !== before?.length) return true;
      if (!now || !before) return false;
      const width = now.length / n;
      for (let i = row * width; i < (row + 1) * width; i++) if (now[i] !== before[i]) return true;
      return false;
    });
  return Array.from({ length: n }, (_, row) => row).filter(differs);
}

/** Copies some of n rows, in the given order. */
export function pickRows<T extends Rows>(values: T, n: number, rows: number[]): T {
  if (!values || rows.length === n) return values;
  const width = values.length / n;
  const out = new Float32Array(rows.length * width);
  rows.forEach((row, i) => out.set(values.subarray(row * width, (row + 1) * width), i * width));
  return out as T;
}

/** Writes rows back into the whole array. */
export function putRows(whole: Float32Array, part: Float32Array, rows: number[]): void {
  const width = rows.length ? part.length / rows.length : 0;
  rows.forEach((row, i) => whole.set(part.subarray(i * width, (i + 1) * width), row * width));
}
