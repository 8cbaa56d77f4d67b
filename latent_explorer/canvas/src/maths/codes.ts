/** Traversals of one unit and interpolation between codes, as in vae_core/latent/traversal.py. */

/** Codes of a traversal (units × values rows): the anchor with one unit set to each value. */
export function traverse(anchor: Float32Array, units: number[], values: number[]): Float32Array {
  const dims = anchor.length;
  const codes = new Float32Array(units.length * values.length * dims);
  units.forEach((unit, row) =>
    values.forEach((value, column) => {
      const start = (row * values.length + column) * dims;
      codes.set(anchor, start);
      codes[start + unit] = value;
    }),
  );
  return codes;
}

/** n evenly spaced values from −reach to reach. */
export function steps(n: number, reach: number): number[] {
  return Array.from({ length: n }, (_, i) => -reach + (2 * reach * i) / (n - 1));
}

/** A point between a and b: on the line, or on the great circle (White 2016, arXiv 1609.04468), which keeps ‖z‖ typical. */
export function interpolate(a: ArrayLike<number>, b: ArrayLike<number>, t: number, spherical: boolean): Float32Array {
  const [wa, wb] = spherical ? sphericalWeights(a, b, t) : [1 - t, t];
  return Float32Array.from({ length: a.length }, (_, i) => wa * a[i] + wb * b[i]);
}

function sphericalWeights(a: ArrayLike<number>, b: ArrayLike<number>, t: number): [number, number] {
  let dot = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    dot += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  const angle = aa && bb ? Math.acos(Math.min(1, Math.max(-1, dot / Math.sqrt(aa * bb)))) : 0;
  // no unique great circle through (anti)parallel codes: the line is its limit
  if (angle < 1e-4 || angle > Math.PI - 1e-4) return [1 - t, t];
  return [Math.sin((1 - t) * angle) / Math.sin(angle), Math.sin(t * angle) / Math.sin(angle)];
}

/** The codes of a path through all stops: n codes per stretch, each stop once. */
export function pathCodes(stops: Float32Array[], n: number, spherical: boolean): Float32Array[] {
  const out: Float32Array[] = [];
  for (let i = 0; i + 1 < stops.length; i++)
    for (let k = 0; k < n - 1; k++) out.push(interpolate(stops[i], stops[i + 1], k / (n - 1), spherical));
  if (stops.length) out.push(stops[stops.length - 1]);
  return out;
}

/** The codes as rows of one array. */
export function concatCodes(codes: Float32Array[]): Float32Array {
  const dims = codes[0]?.length ?? 0;
  const out = new Float32Array(codes.length * dims);
  codes.forEach((z, i) => out.set(z, i * dims));
  return out;
}
