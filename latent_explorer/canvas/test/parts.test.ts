import { describe, expect, it } from "vitest";
import { betaAtPosition, betaPosition, blend, defaultCondition, propertyColumns, withBeta } from "../src/condition";
import { describeProjection, pickCode } from "../src/pick";
import type { Points } from "../src/points";
import { createPrior } from "../src/prior";
import { Registry } from "../src/registry";
import { bitsOf, rowsOf, Scene } from "../src/scene";
import { runLatest } from "../src/throttle";
import { halvesToFloats, unpack } from "../src/unpack";
import { verdict } from "../src/views/gauge";
import { pointColours } from "../src/views/legend";

const wait = (ms = 0) => new Promise((resolve) => setTimeout(resolve, ms));

it("drops requests that a newer one replaces", async () => {
  const seen: number[] = [];
  const show = runLatest<number>(async (n) => void (await wait(2), seen.push(n)), () => undefined);
  for (let i = 0; i < 50; i++) show(i);
  await wait(30);
  expect(seen).toEqual([0, 49]);
});

it("continues after an error", async () => {
  const seen: unknown[] = [];
  const show = runLatest<number>(async (n) => { if (n === 1) throw new Error("no"); seen.push(n); }, (error) => seen.push(error));
  show(1);
  await wait();
  show(2);
  await wait();
  expect(seen).toEqual([new Error("no"), 2]);
});

describe("registry", () => {
  it("waits for a value that has not arrived", async () => {
    const registry = new Registry<number>();
    const waiting = registry.get("a");
    registry.put("a", 7);
    expect(await waiting).toBe(7);
  });
  it("evicts the oldest value that is not pinned", () => {
    const registry = new Registry<number>();
    const unpin = registry.pin("0");
    for (let i = 0; i < 9; i++) registry.put(String(i), i);
    expect([registry.has("0"), registry.has("1"), registry.has("8")]).toEqual([true, false, true]);
    unpin();
    registry.put("9", 9);
    expect(registry.has("0")).toBe(false);
  });
});

describe("unpack", () => {
  it("reads the format that packing.py writes", () => {
    const text = JSON.stringify({
      kind: "points",
      key: "k",
      arrays: [
        { name: "a", dtype: "float32", shape: [2], offset: 0 },
        { name: "b", dtype: "uint8", shape: [3], offset: 8 },
      ],
    }).replace(/$/, "   ");
    const padded = text.padEnd(Math.ceil(text.length / 8) * 8);
    const bytes = new Uint8Array(8 + padded.length + 16);
    new DataView(bytes.buffer).setUint32(0, padded.length, true);
    bytes.set(new TextEncoder().encode(padded), 8);
    new DataView(bytes.buffer).setFloat32(8 + padded.length, 1.5, true);
    bytes.set([1, 2, 3], 8 + padded.length + 8);
    const { header, arrays } = unpack(bytes);
    expect(header.key).toBe("k");
    expect([...arrays.get("a")!.values]).toEqual([1.5, 0]);
    expect([...arrays.get("b")!.values]).toEqual([1, 2, 3]);
  });
  it("converts half precision", () => {
    expect([...halvesToFloats(Uint16Array.of(0x3c00, 0xc000, 0, 0x0001, 0x7bff))]).toEqual([1, -2, 0, 2 ** -24, 65504]);
  });
});

describe("scene", () => {
  it("does not change locked units", () => {
    const scene = new Scene(3, null, () => undefined);
    scene.locked.add(1);
    scene.moveTo([1, 2, 3]);
    expect([...scene.z]).toEqual([1, 0, 3]);
  });
  it("notifies of every move, and calls onRelease only at the end of a gesture", () => {
    let released = 0;
    let moves = 0;
    const scene = new Scene(2, null, () => released++);
    scene.subscribe((change) => change === "code" && moves++);
    for (let i = 0; i < 60; i++) scene.moveUnit(0, i / 60);
    expect([moves, released]).toEqual([60, 0]);
    scene.release();
    expect(released).toBe(1);
  });
  it("packs rows as bits", () => expect(atob(bitsOf([0, 9], 10))).toBe("\x01\x02"));

  it("unpacks rows from bits", () => expect([...rowsOf(bitsOf([0, 7, 8, 9], 10), 10)]).toEqual([0, 7, 8, 9]));
});

describe("condition", () => {
  const model = { key: "", name: "", step: 0, shape: [1, 1, 1] as [number, number, number], latentDim: 1, serverOnly: null };
  const conditions = [
    { name: "class", values: ["a", "b", "c"] },
    { name: "size", values: ["s", "l"] },
  ];

  it("starts at the first values, and at the β nearest to 1", () => {
    expect([...defaultCondition({ ...model, conditions, betaRange: [2, 8] })!]).toEqual([1, 0, 0, 1, 0, 2]);
    expect(defaultCondition({ ...model, conditions: [], betaRange: null })).toBeNull();
  });

  it("blends two labels, keeps the sum of their weights, and does not change other properties", () => {
    const [first, second] = propertyColumns({ ...model, conditions, betaRange: null });
    const condition = Float32Array.from([0, 1, 0, 0, 1]);
    expect([...blend(condition, first, 0, 2, 0.25)]).toEqual([0.75, 0, 0.25, 0, 1]);
    expect([...blend(condition, second, 1, 1, 0.5)]).toEqual([0, 1, 0, 0, 1]);
    expect([...blend(condition, first, null)]).toEqual([0, 0, 0, 0, 1]);
  });

  it("has a logarithmic scale for β", () => {
    expect([...withBeta(Float32Array.of(1, 0, 4), 2)]).toEqual([1, 0, 2]);
    expect(betaAtPosition([0.1, 10], 0.5)).toBeCloseTo(1);
    expect(betaPosition([0.1, 10], betaAtPosition([0.1, 10], 0.3))).toBeCloseTo(0.3);
  });
});

it("draws from a prior that has no closed form", () => {
  const prior = createPrior(2, Float32Array.of(3, 4, 3, 4));
  expect(prior.band.typical).toBe(5);
  expect([...prior.sample()]).toEqual([3, 4]);
});

it("describes how typical a code is", () => {
  const prior = { low: 2, typical: 3, high: 4 };
  const closeness = { low: 0, typical: 0.5, high: 1 };
  expect(verdict(3, prior, 0.5, closeness)).toEqual({ text: "on the manifold", good: true });
  expect(verdict(3, prior, 2, closeness).text).toMatch(/hole/);
  expect(verdict(9, prior, 2, closeness)).toEqual({ text: "off the manifold", good: false });
  expect(verdict(9, prior, null, null).good).toBe(false);
});

it("shows points outside the selection in grey", () => {
  const rgba = pointColours({ name: "class", values: [0, 1], classes: ["a", "b"] }, 2, Uint32Array.of(1));
  expect(rgba[0]).toBe(rgba[1]);
  expect(rgba[3]).toBeGreaterThan(0);
  expect(rgba[4]).not.toBe(rgba[5]);
});

describe("pick", () => {
  const points: Points = {
    n: 2,
    dims: 3,
    mean: Float32Array.of(1, 2, 3, 4, 5, 6),
    std: null,
    xy: Float32Array.of(0, 0, 10, 10),
    projection: { label: "UMAP", plane: null, trust: 0.9 },
    colours: [],
    units: [],
    examples: null,
  };
  it("uses a real encoding where the map has no inverse, and labels it", () => {
    const found = pickCode(points, 9, 9);
    expect([...found.z]).toEqual([4, 5, 6]);
    expect(found.label).toMatch(/real encoding/);
    expect(describeProjection(points)).toMatch(/no inverse/);
  });
  it("decodes any point of a plane, described as a slice", () => {
    const plane = { origin: new Float32Array(3), axes: [Float32Array.of(1, 0, 0), Float32Array.of(0, 1, 0)] as [Float32Array, Float32Array] };
    const sliced = { ...points, projection: { label: "PCA", plane, trust: null } };
    expect([...pickCode(sliced, 2, 3).z]).toEqual([2, 3, 0]);
    expect(describeProjection(sliced)).toMatch(/slice/);
  });
});
