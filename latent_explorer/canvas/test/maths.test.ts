import { describe, expect, it } from "vitest";
import { paintStroke } from "../src/maths/brush";
import { fitCamera, panCamera, toPixel, toPlane, zoomCamera } from "../src/maths/camera";
import { concatCodes, interpolate, pathCodes, steps, traverse } from "../src/maths/codes";
import { difference, viridis } from "../src/maths/colour";
import { density, histogram } from "../src/maths/density";
import { countWithin, nearest, kNearest, neighbourDistances } from "../src/maths/nearest";
import { projectCode, projectCodes, insidePolygon, liftToCode, type Plane } from "../src/maths/plane";
import { pickRows, putRows, staleRows } from "../src/maths/stale";
import { chiBand, drawNormal, empiricalBand, norm } from "../src/maths/gaussian";

const close = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).forEach((value, i) => expect(value).toBeCloseTo(b[i], 5));

describe("codes", () => {
  it("traverse one unit at a time without changing the anchor", () => {
    const anchor = Float32Array.of(1, 2, 3);
    const codes = traverse(anchor, [2, 0], [-1, 1]);
    close(codes, [1, 2, -1, 1, 2, 1, -1, 2, 3, 1, 2, 3]);
    close(anchor, [1, 2, 3]);
  });
  it("has even steps from −reach to reach", () => close(steps(5, 3), [-3, -1.5, 0, 1.5, 3]));
  it("interpolates exactly at the ends; only spherical interpolation keeps the norm", () => {
    const [a, b] = [Float32Array.of(2, 0), Float32Array.of(0, 2)];
    for (const spherical of [false, true]) {
      close(interpolate(a, b, 0, spherical), a);
      close(interpolate(a, b, 1, spherical), b);
    }
    expect(norm(interpolate(a, b, 0.5, true))).toBeCloseTo(2, 5);
    expect(norm(interpolate(a, b, 0.5, false))).toBeCloseTo(Math.SQRT2, 5);
  });
  it("interpolates linearly where no great circle is unique", () => {
    close(interpolate([1, 0], [-1, 0], 0.5, true), [0, 0]);
    close(interpolate([0, 0], [1, 0], 0.25, true), [0.25, 0]);
  });
  it("visits every stop of a path once", () => {
    const codes = pathCodes([Float32Array.of(0), Float32Array.of(1), Float32Array.of(3)], 3, false);
    close(concatCodes(codes), [0, 0.5, 1, 2, 3]);
  });
});

describe("Gaussian", () => {
  it("has the χ quantiles of published tables", () => {
    const band = chiBand(10); // χ²₁₀: 3.247 and 20.483
    expect(band.low).toBeCloseTo(Math.sqrt(3.247), 1);
    expect(band.high).toBeCloseTo(Math.sqrt(20.483), 1);
    expect(band.typical).toBeCloseTo(Math.sqrt(10));
    expect(chiBand(2).low).toBe(0);
    expect(chiBand(2).high).toBeCloseTo(Math.sqrt(5.991), 1);
  });
  it("measures the middle 95 % of a sample", () => {
    expect(empiricalBand(Array.from({ length: 1001 }, (_, i) => 1000 - i))).toEqual({ low: 25, typical: 500, high: 975 });
  });
  it("draws standard normals", () => {
    const draws = Array.from({ length: 20000 }, () => drawNormal());
    const mean = draws.reduce((a, b) => a + b) / draws.length;
    const variance = draws.reduce((a, b) => a + (b - mean) ** 2, 0) / draws.length;
    expect(Math.abs(mean)).toBeLessThan(0.05);
    expect(Math.abs(variance - 1)).toBeLessThan(0.08);
  });
});

describe("nearest", () => {
  it("finds the same k nearest rows as sorting, in the same order", () => {
    const many = Float32Array.from({ length: 200 }, (_, i) => Math.sin(i * 12.9898) * 3);
    const all = Array.from({ length: 100 }, (_, row) => ({ row, distance: Math.hypot(many[2 * row], many[2 * row + 1] - 1) }));
    const found = kNearest(many, 2, [0, 1], 7);
    expect(found.map(({ row }) => row)).toEqual(all.sort((a, b) => a.distance - b.distance).slice(0, 7).map(({ row }) => row));
    expect(found[3].distance).toBeCloseTo(all[3].distance, 5);
  });
  const codes = Float32Array.of(0, 0, 3, 4, 1, 0);
  it("finds the nearest row and its distance", () => {
    expect(nearest(codes, 2, [3, 3])).toEqual({ row: 1, distance: 1 });
    expect(nearest(codes, 2, [0, 0], 0)).toEqual({ row: 2, distance: 1 });
  });
  it("counts the codes within a radius", () => {
    expect([0.5, 1, 5].map((radius) => countWithin(codes, 2, [0, 0], radius))).toEqual([1, 2, 3]);
  });
  it("measures the distance from each code to its neighbour", () => close(neighbourDistances(codes, 2, 3), [1, Math.sqrt(20), 1]));
});

describe("map", () => {
  const plane: Plane = { origin: Float32Array.of(1, 1, 1), axes: [Float32Array.of(1, 0, 0), Float32Array.of(0, 0.6, 0.8)] };
  it("projects codes onto a plane, and lifts points of the plane back exactly", () => {
    const z = liftToCode(plane, 2, -1);
    close(z, [3, 0.4, 0.2]);
    const { x, y, off } = projectCode(plane, z);
    close([x, y, off], [2, -1, 0]);
    expect(projectCode(plane, [1, 1 + 0.8, 1 - 0.6]).off).toBeCloseTo(1, 5);
    close(projectCodes(plane, Float32Array.of(...z, ...plane.origin)), [2, -1, 0, 0]);
  });
  it("tests whether a point is inside a polygon", () => {
    const square: [number, number][] = [[0, 0], [2, 0], [2, 2], [0, 2]];
    expect([insidePolygon(square, 1, 1), insidePolygon(square, 3, 1), insidePolygon(square, 1, -1)]).toEqual([true, false, false]);
  });
  it("inverts the camera, zooms around the pointer, pans with it", () => {
    const camera = fitCamera([0, 0, 10, 5], 300, 200, null);
    close(toPlane(camera, ...toPixel(camera, 3, 4)), [3, 4]);
    const zoomed = zoomCamera(camera, 2, 70, 80);
    close(toPlane(zoomed, 70, 80), toPlane(camera, 70, 80));
    close(toPixel(panCamera(camera, 12, -7), 1, 1), [toPixel(camera, 1, 1)[0] + 12, toPixel(camera, 1, 1)[1] - 7]);
  });
  it("fits the camera to every point", () => {
    const camera = fitCamera([-4, 0, 9, 1], 300, 200, [0, 0]);
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
  it("counts values in bins", () => expect(histogram(Float32Array.of(-0.9, 5, 0.1, 5, 0.2, 5), 2, 0, 1, 4)).toEqual([1, 0, 2, 0]));
});

describe("paint", () => {
  it("shows positive and negative differences in different colours", () => {
    expect(difference(0)).toEqual([128, 128, 128]);
    expect(difference(1)[0]).toBeGreaterThan(difference(-1)[0]);
    expect(viridis(0)).not.toEqual(viridis(1));
  });
  it("brushes inside the image only, and never exceeds the colour", () => {
    const image = new Float32Array(25);
    paintStroke(image, [1, 5, 5], [2.5, 2.5], [2.5, 2.5], [1], 1);
    expect(image[12]).toBe(1);
    expect(image[0]).toBe(0);
    paintStroke(image, [1, 5, 5], [-9, 2.5], [9, 2.5], [1], 1);
    expect(Math.max(...image)).toBe(1);
  });
});

describe("stale cells", () => {
  const anchor = Float32Array.of(0, 1, 2);
  const values = steps(3, 2);
  const before = traverse(anchor, [0, 1, 2], values);
  it("are all but the row of the unit that moved", () => {
    const now = traverse(Float32Array.of(0, 1.5, 2), [0, 1, 2], values);
    expect(staleRows(9, [[now, before]])).toEqual([0, 1, 2, 6, 7, 8]);
    expect(staleRows(9, [[before, before]])).toEqual([]);
  });
  it("are all cells at first, and where a condition appears, disappears or changes", () => {
    const all = Array.from({ length: 9 }, (_, i) => i);
    expect(staleRows(9, [[before, null]])).toEqual(all);
    expect(staleRows(9, [[before, before], [new Float32Array(9), null]])).toEqual(all);
    expect(staleRows(9, [[before, before], [new Float32Array(9), new Float32Array(9).fill(1)]])).toEqual(all);
    expect(staleRows(9, [[before, before], [Float32Array.of(0, 0, 0, 0, 7, 0, 0, 0, 0), new Float32Array(9)]])).toEqual([4]);
  });
  it("are written back to the same rows", () => {
    const whole = Float32Array.of(1, 1, 2, 2, 3, 3);
    const part = pickRows(whole, 3, [0, 2]);
    expect(part).toEqual(Float32Array.of(1, 1, 3, 3));
    putRows(whole, part.map((x) => 10 * x), [0, 2]);
    expect(whole).toEqual(Float32Array.of(10, 10, 2, 2, 30, 30));
    expect(pickRows(null, 3, [1])).toBeNull();
  });
});
