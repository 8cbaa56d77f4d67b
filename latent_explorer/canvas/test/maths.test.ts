import { describe, expect, it } from "vitest";
import { dab } from "../src/maths/brush";
import { fit, pan, toPixel, toPlane, zoom } from "../src/maths/camera";
import { between, concat, path, steps, traverse } from "../src/maths/codes";
import { difference, viridis } from "../src/maths/colour";
import { density, histogram } from "../src/maths/density";
import { countWithin, nearest, nearestOf, spacing } from "../src/maths/nearest";
import { drop, dropAll, inside, lift, type Plane } from "../src/maths/plane";
import { pickRows, putRows, stale } from "../src/maths/stale";
import { chiBand, gaussian, measuredBand, norm } from "../src/maths/prior";

const close = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).forEach((value, i) => expect(value).toBeCloseTo(b[i], 5));

describe("codes", () => {
  it("traverses one unit at a time and leaves the anchor", () => {
    const anchor = Float32Array.of(1, 2, 3);
    const codes = traverse(anchor, [2, 0], [-1, 1]);
    close(codes, [1, 2, -1, 1, 2, 1, -1, 2, 3, 1, 2, 3]);
    close(anchor, [1, 2, 3]);
  });
  it("steps from −reach to reach", () => close(steps(5, 3), [-3, -1.5, 0, 1.5, 3]));
  it("interpolates: ends are exact, the sphere keeps the norm, the line does not", () => {
    const [a, b] = [Float32Array.of(2, 0), Float32Array.of(0, 2)];
    for (const spherical of [false, true]) {
      close(between(a, b, 0, spherical), a);
      close(between(a, b, 1, spherical), b);
    }
    expect(norm(between(a, b, 0.5, true))).toBeCloseTo(2, 5);
    expect(norm(between(a, b, 0.5, false))).toBeCloseTo(Math.SQRT2, 5);
  });
  it("falls back to the line where no great circle is unique", () => {
    close(between([1, 0], [-1, 0], 0.5, true), [0, 0]);
    close(between([0, 0], [1, 0], 0.25, true), [0.25, 0]);
  });
  it("visits every stop of a path once", () => {
    const codes = path([Float32Array.of(0), Float32Array.of(1), Float32Array.of(3)], 3, false);
    close(concat(codes), [0, 0.5, 1, 2, 3]);
  });
});

describe("prior", () => {
  it("has the χ quantiles, against tables", () => {
    const band = chiBand(10); // χ²₁₀: 3.247 and 20.483
    expect(band.low).toBeCloseTo(Math.sqrt(3.247), 1);
    expect(band.high).toBeCloseTo(Math.sqrt(20.483), 1);
    expect(band.typical).toBeCloseTo(Math.sqrt(10));
    expect(chiBand(2).low).toBe(0);
    expect(chiBand(2).high).toBeCloseTo(Math.sqrt(5.991), 1);
  });
  it("measures a band from draws", () => {
    expect(measuredBand(Array.from({ length: 1001 }, (_, i) => 1000 - i))).toEqual({ low: 25, typical: 500, high: 975 });
  });
  it("draws standard normals", () => {
    const draws = Array.from({ length: 20000 }, () => gaussian());
    const mean = draws.reduce((a, b) => a + b) / draws.length;
    const variance = draws.reduce((a, b) => a + (b - mean) ** 2, 0) / draws.length;
    expect(Math.abs(mean)).toBeLessThan(0.05);
    expect(Math.abs(variance - 1)).toBeLessThan(0.08);
  });
});

describe("nearest", () => {
  it("finds the k nearest in their order, as sorting would", () => {
    const many = Float32Array.from({ length: 200 }, (_, i) => Math.sin(i * 12.9898) * 3);
    const all = Array.from({ length: 100 }, (_, row) => ({ row, distance: Math.hypot(many[2 * row], many[2 * row + 1] - 1) }));
    const found = nearestOf(many, 2, [0, 1], 7);
    expect(found.map(({ row }) => row)).toEqual(all.sort((a, b) => a.distance - b.distance).slice(0, 7).map(({ row }) => row));
    expect(found[3].distance).toBeCloseTo(all[3].distance, 5);
  });
  const codes = Float32Array.of(0, 0, 3, 4, 1, 0);
  it("finds the row and its distance", () => {
    expect(nearest(codes, 2, [3, 3])).toEqual({ row: 1, distance: 1 });
    expect(nearest(codes, 2, [0, 0], 0)).toEqual({ row: 2, distance: 1 });
  });
  it("counts what is within a radius", () => {
    expect([0.5, 1, 5].map((radius) => countWithin(codes, 2, [0, 0], radius))).toEqual([1, 2, 3]);
  });
  it("knows the spacing of the codes themselves", () => close(spacing(codes, 2, 3), [1, Math.sqrt(20), 1]));
});

describe("map", () => {
  const plane: Plane = { origin: Float32Array.of(1, 1, 1), axes: [Float32Array.of(1, 0, 0), Float32Array.of(0, 0.6, 0.8)] };
  it("lifts and drops exactly on the plane", () => {
    const z = lift(plane, 2, -1);
    close(z, [3, 0.4, 0.2]);
    const { x, y, off } = drop(plane, z);
    close([x, y, off], [2, -1, 0]);
    expect(drop(plane, [1, 1 + 0.8, 1 - 0.6]).off).toBeCloseTo(1, 5);
    close(dropAll(plane, Float32Array.of(...z, ...plane.origin)), [2, -1, 0, 0]);
  });
  it("knows what is inside a polygon", () => {
    const square: [number, number][] = [[0, 0], [2, 0], [2, 2], [0, 2]];
    expect([inside(square, 1, 1), inside(square, 3, 1), inside(square, 1, -1)]).toEqual([true, false, false]);
  });
  it("inverts the camera, zooms about the pointer, pans with it", () => {
    const camera = fit([0, 0, 10, 5], 300, 200, null);
    close(toPlane(camera, ...toPixel(camera, 3, 4)), [3, 4]);
    const zoomed = zoom(camera, 2, 70, 80);
    close(toPlane(zoomed, 70, 80), toPlane(camera, 70, 80));
    close(toPixel(pan(camera, 12, -7), 1, 1), [toPixel(camera, 1, 1)[0] + 12, toPixel(camera, 1, 1)[1] - 7]);
  });
  it("fits every point", () => {
    const camera = fit([-4, 0, 9, 1], 300, 200, [0, 0]);
    for (const [x, y] of [[-4, 0], [9, 1], [0, 2], [0, -2]]) {
      const [px, py] = toPixel(camera, x, y);
      expect(px >= 0 && px <= 300 && py >= 0 && py <= 200).toBe(true);
    }
  });
});

describe("density", () => {
  it("integrates to one", () => {
    const box = { left: -5, bottom: -5, width: 10, height: 10 };
    const values = density(Float32Array.of(0, 0, 1, -1), () => [0.5, 0.8], box, 100, 100);
    expect(values.reduce((a, b) => a + b) * 0.01).toBeCloseTo(1, 1);
  });
  it("counts in bins", () => expect(histogram(Float32Array.of(-0.9, 5, 0.1, 5, 0.2, 5), 2, 0, 1, 4)).toEqual([1, 0, 2, 0]));
});

describe("paint", () => {
  it("keeps signs apart", () => {
    expect(difference(0)).toEqual([128, 128, 128]);
    expect(difference(1)[0]).toBeGreaterThan(difference(-1)[0]);
    expect(viridis(0)).not.toEqual(viridis(1));
  });
  it("brushes inside the image only, and never beyond the colour", () => {
    const image = new Float32Array(25);
    dab(image, [1, 5, 5], [2.5, 2.5], [2.5, 2.5], [1], 1);
    expect(image[12]).toBe(1);
    expect(image[0]).toBe(0);
    dab(image, [1, 5, 5], [-9, 2.5], [9, 2.5], [1], 1);
    expect(Math.max(...image)).toBe(1);
  });
});

describe("stale cells", () => {
  const anchor = Float32Array.of(0, 1, 2);
  const values = steps(3, 2);
  const before = traverse(anchor, [0, 1, 2], values);
  it("are those of every row but the moved unit's own", () => {
    const now = traverse(Float32Array.of(0, 1.5, 2), [0, 1, 2], values);
    expect(stale(9, [[now, before]])).toEqual([0, 1, 2, 6, 7, 8]);
    expect(stale(9, [[before, before]])).toEqual([]);
  });
  it("are all at first, and where a condition comes, goes or changes", () => {
    const all = Array.from({ length: 9 }, (_, i) => i);
    expect(stale(9, [[before, null]])).toEqual(all);
    expect(stale(9, [[before, before], [new Float32Array(9), null]])).toEqual(all);
    expect(stale(9, [[before, before], [new Float32Array(9), new Float32Array(9).fill(1)]])).toEqual(all);
    expect(stale(9, [[before, before], [Float32Array.of(0, 0, 0, 0, 7, 0, 0, 0, 0), new Float32Array(9)]])).toEqual([4]);
  });
  it("go back to where they were taken from", () => {
    const whole = Float32Array.of(1, 1, 2, 2, 3, 3);
    const part = pickRows(whole, 3, [0, 2]);
    expect(part).toEqual(Float32Array.of(1, 1, 3, 3));
    putRows(whole, part.map((x) => 10 * x), [0, 2]);
    expect(whole).toEqual(Float32Array.of(10, 10, 2, 2, 30, 30));
    expect(pickRows(null, 3, [1])).toBeNull();
  });
});
