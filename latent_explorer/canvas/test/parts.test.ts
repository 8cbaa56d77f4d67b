import { describe, expect, it } from "vitest";
import { latest } from "../src/latest";
import { explain, pick } from "../src/pick";
import type { Points } from "../src/points";
import { priorOf } from "../src/prior";
import { Registry } from "../src/registry";
import { bitset, rowsOf, Scene } from "../src/scene";
import { unpack, widen } from "../src/unpack";
import { axes, betaAt, blend, placeOf, untold } from "../src/told";
import { verdict } from "../src/views/gauge";
import { tints } from "../src/views/legend";

const wait = (ms = 0) => new Promise((resolve) => setTimeout(resolve, ms));

it("drops what a newer request overtakes", async () => {
  const seen: number[] = [];
  const show = latest<number>(async (n) => void (await wait(2), seen.push(n)), () => undefined);
  for (let i = 0; i < 50; i++) show(i);
  await wait(30);
  expect(seen).toEqual([0, 49]);
});

it("goes on after a failure", async () => {
  const seen: unknown[] = [];
  const show = latest<number>(async (n) => { if (n === 1) throw new Error("no"); seen.push(n); }, (error) => seen.push(error));
  show(1);
  await wait();
  show(2);
  await wait();
  expect(seen).toEqual([new Error("no"), 2]);
});

describe("registry", () => {
  it("waits for what has not come yet", async () => {
    const registry = new Registry<number>();
    const waiting = registry.get("a");
    registry.put("a", 7);
    expect(await waiting).toBe(7);
  });
  it("forgets the oldest, but nothing that is pinned", () => {
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
  it("reads what the packing writes", () => {
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
  it("widens halves", () => {
    expect([...widen(Uint16Array.of(0x3c00, 0xc000, 0, 0x0001, 0x7bff))]).toEqual([1, -2, 0, 2 ** -24, 65504]);
  });
});

describe("scene", () => {
  it("leaves locked units where they are", () => {
    const scene = new Scene(3, null, () => undefined);
    scene.locked.add(1);
    scene.move([1, 2, 3]);
    expect([...scene.z]).toEqual([1, 0, 3]);
  });
  it("tells of every move, and of a release only when the hand lets go", () => {
    let released = 0;
    let moves = 0;
    const scene = new Scene(2, null, () => released++);
    scene.on((change) => change === "code" && moves++);
    for (let i = 0; i < 60; i++) scene.moveUnit(0, i / 60);
    expect([moves, released]).toEqual([60, 0]);
    scene.release();
    expect(released).toBe(1);
  });
  it("packs rows as bits", () => expect(atob(bitset([0, 9], 10))).toBe("\x01\x02"));

  it("unpacks them again", () => expect([...rowsOf(bitset([0, 7, 8, 9], 10), 10)]).toEqual([0, 7, 8, 9]));
});

describe("what a conditional decoder is told", () => {
  const model = { key: "", name: "", step: 0, shape: [1, 1, 1] as [number, number, number], latentDim: 1, serverOnly: null };
  const conditions = [
    { name: "class", values: ["a", "b", "c"] },
    { name: "size", values: ["s", "l"] },
  ];

  it("starts at the first values, and at the β nearest to 1", () => {
    expect([...untold({ ...model, conditions, betaRange: [2, 8] })!]).toEqual([1, 0, 0, 1, 0, 2]);
    expect(untold({ ...model, conditions: [], betaRange: null })).toBeNull();
  });

  it("blends two labels, keeps their sum, and leaves the other properties", () => {
    const [first, second] = axes({ ...model, conditions, betaRange: null });
    const told = Float32Array.from([0, 1, 0, 0, 1]);
    expect([...blend(told, first, 0, 2, 0.25)]).toEqual([0.75, 0, 0.25, 0, 1]);
    expect([...blend(told, second, 1, 1, 0.5)]).toEqual([0, 1, 0, 0, 1]);
    expect([...blend(told, first, null)]).toEqual([0, 0, 0, 0, 1]);
  });

  it("has a logarithmic scale for β", () => {
    expect(betaAt([0.1, 10], 0.5)).toBeCloseTo(1);
    expect(placeOf([0.1, 10], betaAt([0.1, 10], 0.3))).toBeCloseTo(0.3);
  });
});

it("draws from a prior that has no closed form", () => {
  const prior = priorOf(2, Float32Array.of(3, 4, 3, 4));
  expect(prior.band.typical).toBe(5);
  expect([...prior.sample()]).toEqual([3, 4]);
});

it("says where a code is", () => {
  const prior = { low: 2, typical: 3, high: 4 };
  const near = { low: 0, typical: 0.5, high: 1 };
  expect(verdict(3, prior, 0.5, near)).toEqual({ text: "on the manifold", good: true });
  expect(verdict(3, prior, 2, near).text).toMatch(/hole/);
  expect(verdict(9, prior, 2, near)).toEqual({ text: "off the manifold", good: false });
  expect(verdict(9, prior, null, null).good).toBe(false);
});

it("greys what is not selected, and keeps it visible", () => {
  const rgba = tints({ name: "class", values: [0, 1], classes: ["a", "b"] }, 2, Uint32Array.of(1));
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
  it("never inverts a drawing: it takes a real code, and says so", () => {
    const found = pick(points, 9, 9);
    expect([...found.z]).toEqual([4, 5, 6]);
    expect(found.label).toMatch(/real encoding/);
    expect(explain(points)).toMatch(/no inverse/);
  });
  it("calls a plane a slice", () => {
    const plane = { origin: new Float32Array(3), axes: [Float32Array.of(1, 0, 0), Float32Array.of(0, 1, 0)] as [Float32Array, Float32Array] };
    const sliced = { ...points, projection: { label: "PCA", plane, trust: null } };
    expect([...pick(sliced, 2, 3).z]).toEqual([2, 3, 0]);
    expect(explain(sliced)).toMatch(/slice/);
  });
});
