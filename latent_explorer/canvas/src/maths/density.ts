/** The aggregate posterior q(z) = 1/N Σ q(z|x_n) on a grid, and histograms of single units. */

export interface Box {
  left: number;
  bottom: number;
  width: number;
  height: number;
}

const MAX_GAUSSIANS = 20000; // summed; of more points, every k-th stands for k of them

/** The density on a grid (rows × columns, first row at the bottom) of a sum of Gaussians at ``xy``, divided by their number.
 * ``sigma`` returns the standard deviation of a row along each axis. */
export function density(
  xy: Float32Array,
  sigma: (row: number) => [number, number],
  box: Box,
  columns: number,
  rows: number,
  every = 1, // only every ``every``-th point has a standard deviation
): Float32Array {
  const out = new Float32Array(columns * rows);
  const n = xy.length / 2;
  const stride = every * Math.ceil(n / every / MAX_GAUSSIANS);
  const used = Math.ceil(n / stride);
  const dx = box.width / columns;
  const dy = box.height / rows;
  for (let i = 0; i < n; i += stride) {
    const [sx, sy] = sigma(i).map((s, axis) => Math.max(s, (axis ? dy : dx) * 0.7)); // wide enough to reach a cell's centre
    const x = (xy[2 * i] - box.left) / dx - 0.5;
    const y = (xy[2 * i + 1] - box.bottom) / dy - 0.5;
    const ax = bell(x, sx / dx, columns);
    const ay = bell(y, sy / dy, rows);
    const scale = 1 / (used * dx * dy);
    for (let r = 0; r < ay.values.length; r++) {
      const row = (ay.from + r) * columns + ax.from;
      for (let c = 0; c < ax.values.length; c++) out[row + c] += scale * ay.values[r] * ax.values[c];
    }
  }
  return out;
}

/** A Gaussian along one axis in units of cells, out to 3σ; the values sum to its mass. */
function bell(centre: number, sigma: number, cells: number): { from: number; values: number[] } {
  const from = Math.max(0, Math.ceil(centre - 3 * sigma));
  const to = Math.min(cells - 1, Math.floor(centre + 3 * sigma));
  const values: number[] = [];
  for (let i = from; i <= to; i++) values.push(Math.exp(-0.5 * ((i - centre) / sigma) ** 2) / (sigma * 2.5066283));
  return { from, values };
}

/** Counts the values of a unit in equal bins from −reach to reach. */
export function histogram(codes: Float32Array, dims: number, unit: number, reach: number, bins: number): number[] {
  const counts = new Array<number>(bins).fill(0);
  for (let i = unit; i < codes.length; i += dims) {
    const bin = Math.floor(((codes[i] + reach) / (2 * reach)) * bins);
    if (bin >= 0 && bin < bins) counts[bin]++;
  }
  return counts;
}
