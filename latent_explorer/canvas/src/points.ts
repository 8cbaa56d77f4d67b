/** The encodings of the data set: posterior means and deviations, positions on the map, colours. */

import { projectCodes, type Plane } from "./maths/plane";
import type { Packed } from "./unpack";

export interface Colour {
  name: string;
  values: ArrayLike<number>;
  classes: string[] | null; // class names; null for continuous values
}

export interface Unit {
  index: number;
  kl: number | null; // nats, averaged over the data
  active: boolean;
}

export interface Points {
  n: number;
  dims: number;
  mean: Float32Array;
  /** Standard deviations of every ``every``-th point: some thousands are enough for ellipses and densities. */
  std: { values: Float32Array; every: number } | null;
  xy: Float32Array;
  /** The map's method: a label to show, and the plane where the map is one (never for UMAP). */
  projection: { label: string; plane: Plane | null; trust: number | null };
  colours: Colour[];
  units: Unit[];
  examples: { shape: number[]; values: Uint8Array } | null;
}

/** Reads the points out of the arrays that Python packed. */
export function readPoints({ header, arrays }: Packed): Points {
  const mean = arrays.get("mean")!;
  const [n, dims] = mean.shape;
  const origin = arrays.get("origin")?.values as Float32Array | undefined;
  const axes = arrays.get("axes")?.values as Float32Array | undefined;
  const plane: Plane | null = origin && axes ? { origin, axes: [axes.subarray(0, dims), axes.subarray(dims, 2 * dims)] } : null;
  const projection = header.projection as { label: string; trust: number | null };
  const std = arrays.get("std");
  const examples = arrays.get("examples");
  return {
    n,
    dims,
    mean: mean.values as Float32Array,
    std: std ? { values: std.values as Float32Array, every: header.every as number } : null,
    xy: plane ? projectCodes(plane, mean.values as Float32Array) : (arrays.get("xy")!.values as Float32Array),
    projection: { ...projection, plane },
    colours: (header.colours as { name: string; classes: string[] | null }[]).map((colour, i) => ({
      ...colour,
      values: arrays.get(`colour ${i}`)!.values,
    })),
    units: header.units as Unit[],
    examples: examples ? { shape: examples.shape.slice(1), values: examples.values as Uint8Array } : null,
  };
}

/** The active units, by KL; all units where none is active, as early in training. */
export function activeUnits(points: Points | null, dims: number): Unit[] {
  const units = unitsByKl(points, dims);
  const active = units.filter((unit) => unit.active);
  return active.length ? active : units;
}

/** The units with the largest KL first; in their own order where there are no points. */
export function unitsByKl(points: Points | null, dims: number): Unit[] {
  if (!points) return Array.from({ length: dims }, (_, index) => ({ index, kl: null, active: true }));
  return [...points.units].sort((a, b) => (b.kl ?? 0) - (a.kl ?? 0));
}
