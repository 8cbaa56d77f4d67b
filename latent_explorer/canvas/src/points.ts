/** The aggregate posterior as it arrived: codes, their spread, their place on the map, their colours. */

import { dropAll, type Plane } from "./maths/plane";
import type { Packed } from "./unpack";

export interface Colour {
  name: string;
  values: ArrayLike<number>;
  classes: string[] | null; // null: a continuous value
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
  /** Standard deviations of every ``every``-th point: ellipses and densities are drawn of some thousands. */
  std: { values: Float32Array; every: number } | null;
  xy: Float32Array;
  /** How the map came about: its label for people, and its plane where it is one (never for UMAP). */
  projection: { label: string; plane: Plane | null; trust: number | null };
  colours: Colour[];
  units: Unit[];
  examples: { shape: number[]; values: Uint8Array } | null;
}

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
    xy: plane ? dropAll(plane, mean.values as Float32Array) : (arrays.get("xy")!.values as Float32Array),
    projection: { ...projection, plane },
    colours: (header.colours as { name: string; classes: string[] | null }[]).map((colour, i) => ({
      ...colour,
      values: arrays.get(`colour ${i}`)!.values,
    })),
    units: header.units as Unit[],
    examples: examples ? { shape: examples.shape.slice(1), values: examples.values as Uint8Array } : null,
  };
}

/** The units that say something, in that order; all of them while a young model has none yet. */
export function livingUnits(points: Points | null, dims: number): Unit[] {
  const units = orderedUnits(points, dims);
  const active = units.filter((unit) => unit.active);
  return active.length ? active : units;
}

/** Units by their KL, the busiest first; a model without points keeps its own order. */
export function orderedUnits(points: Points | null, dims: number): Unit[] {
  if (!points) return Array.from({ length: dims }, (_, index) => ({ index, kl: null, active: true }));
  return [...points.units].sort((a, b) => (b.kl ?? 0) - (a.kl ?? 0));
}
