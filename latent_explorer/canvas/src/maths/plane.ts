/** A plane in latent space: from its coordinates to a code and back. */

/** z = origin + x·axes[0] + y·axes[1]; the axes are orthonormal. */
export interface Plane {
  origin: Float32Array;
  axes: [Float32Array, Float32Array];
}

/** The code at (x, y) of the plane. */
export function liftToCode({ origin, axes }: Plane, x: number, y: number): Float32Array {
  return origin.map((o, j) => o + x * axes[0][j] + y * axes[1][j]);
}

/** The orthogonal projection of a code onto the plane, and the distance ``off`` between the two. */
export function projectCode({ origin, axes }: Plane, z: ArrayLike<number>): { x: number; y: number; off: number } {
  let x = 0;
  let y = 0;
  for (let j = 0; j < origin.length; j++) {
    x += (z[j] - origin[j]) * axes[0][j];
    y += (z[j] - origin[j]) * axes[1][j];
  }
  let off = 0;
  for (let j = 0; j < origin.length; j++) off += (z[j] - origin[j] - x * axes[0][j] - y * axes[1][j]) ** 2;
  return { x, y, off: Math.sqrt(off) };
}

/** The projections of many codes onto the plane, two numbers per code. */
export function projectCodes({ origin, axes: [first, second] }: Plane, codes: Float32Array): Float32Array {
  const dims = origin.length;
  const xy = new Float32Array((2 * codes.length) / dims);
  for (let start = 0, at = 0; start < codes.length; start += dims, at += 2) {
    let x = 0;
    let y = 0;
    for (let j = 0; j < dims; j++) {
      const off = codes[start + j] - origin[j];
      x += off * first[j];
      y += off * second[j];
    }
    xy[at] = x;
    xy[at + 1] = y;
  }
  return xy;
}

/** Tests whether a point lies in a polygon, by the even-odd rule. */
export function insidePolygon(polygon: [number, number][], x: number, y: number): boolean {
  let odd = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [xi, yi] = polygon[i];
    const [xj, yj] = polygon[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) odd = !odd;
  }
  return odd;
}
