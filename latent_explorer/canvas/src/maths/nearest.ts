/** Nearest neighbours by linear search: 60,000 × 10 takes about a millisecond, because most rows are rejected early. */

export interface Nearest {
  row: number;
  distance: number;
}

/** The row nearest to z, among every stride-th row and without row ``skip``. */
export function nearest(codes: Float32Array, dims: number, z: ArrayLike<number>, skip = -1, stride = 1): Nearest {
  let best = Infinity;
  let row = -1;
  const rows = codes.length / dims;
  for (let i = 0; i < rows; i += stride) {
    if (i === skip) continue;
    let sum = 0;
    const start = i * dims;
    for (let j = 0; j < dims && sum < best; j++) {
      const gap = codes[start + j] - z[j];
      sum += gap * gap;
    }
    if (sum < best) {
      best = sum;
      row = i;
    }
  }
  return { row, distance: Math.sqrt(best) };
}

/** The k rows nearest to z, nearest first. */
export function kNearest(codes: Float32Array, dims: number, z: ArrayLike<number>, k: number): Nearest[] {
  const found: Nearest[] = [];
  for (let start = 0, row = 0; start < codes.length; start += dims, row++) {
    let sum = 0;
    const limit = found.length < k ? Infinity : found[k - 1].distance;
    for (let j = 0; j < dims && sum < limit; j++) {
      const gap = codes[start + j] - z[j];
      sum += gap * gap;
    }
    if (sum >= limit) continue;
    const rank = found.findIndex(({ distance }) => sum < distance);
    found.splice(rank < 0 ? found.length : rank, 0, { row, distance: sum });
    if (found.length > k) found.pop();
  }
  return found.map(({ row, distance }) => ({ row, distance: Math.sqrt(distance) }));
}

/** Counts the codes within ``radius`` of z. */
export function countWithin(codes: Float32Array, dims: number, z: ArrayLike<number>, radius: number): number {
  const limit = radius * radius;
  let count = 0;
  for (let start = 0; start < codes.length; start += dims) {
    let sum = 0;
    for (let j = 0; j < dims && sum <= limit; j++) {
      const gap = codes[start + j] - z[j];
      sum += gap * gap;
    }
    if (sum <= limit) count++;
  }
  return count;
}

/** Distances from a sample of codes to their nearest other code. */
export function neighbourDistances(codes: Float32Array, dims: number, samples: number, stride = 1): number[] {
  const rows = Math.ceil(codes.length / dims / stride);
  const step = Math.max(1, Math.floor(rows / samples)) * stride;
  const out: number[] = [];
  for (let i = 0; i * dims < codes.length; i += step) {
    const found = nearest(codes, dims, codes.subarray(i * dims, (i + 1) * dims), i, stride);
    if (found.row >= 0) out.push(found.distance);
  }
  return out;
}
