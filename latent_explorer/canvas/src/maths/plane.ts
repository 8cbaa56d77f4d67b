/** From the map's plane back to a code: exact where the plane is one, refused where it is a drawing of neighbourhoods. */

/** z = origin + x·axes[0] + y·axes[1]; the axes are orthonormal. */
export interface Plane {
  origin: Float32Array;
  axes: [Float32Array, Float32Array];
}

export function lift({ origin, axes }: Plane, x: number, y: number): Float32Array {
  return origin.map((o, j) => o + x * axes[0][j] + y * axes[1][j]);
}

/** Where a code falls on the plane, and how far it is from it. */
export function drop({ origin, axes }: Plane, z: ArrayLike<number>): { x: number; y: number; off: number } {
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

/** Where each of many codes falls on the plane, two numbers a code. */
export function dropAll({ origin, axes: [first, second] }: Plane, codes: Float32Array): Float32Array {
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

/** Whether a point lies in a polygon: even-odd rule. */
export function inside(polygon: [number, number][], x: number, y: number): boolean {
  let odd = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [xi, yi] = polygon[i];
    const [xj, yj] = polygon[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) odd = !odd;
  }
  return odd;
}
