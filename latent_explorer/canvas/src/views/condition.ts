/** What the model is told beside the code: its labels, blends of two, β; and one style under all of them. */

import { button, h, number, panel } from "../dom";
import { steps, traverse } from "../maths/codes";
import { orderedUnits } from "../points";
import { Sheet } from "../sheet";
import { axes, betaAt, blend, placeOf, type Axis } from "../told";
import type { Context, View } from "../view";

const ROWS = 5;
const FEW = 12; // values of a property that get a button and a column each
const BETAS = 9;
const NOBODY = "unknown";

interface Column {
  name: string;
  told(now: Float32Array): Float32Array;
}

export function condition(context: Context): View | null {
  const { scene, model } = context;
  if (!scene.condition) return null;
  const properties = axes(model);
  const first = properties.find(({ values }) => values.length <= FEW);
  const parts = properties.map((axis) => (axis === first ? labels(context, axis) : selector(context, axis)));
  if (model.betaRange) parts.push(beta(context, model.betaRange));
  const columns = first ? first.values.map((name, i) => ({ name, told: (now: Float32Array) => blend(now, first, i) })) : betas(model.betaRange);
  const grid = columns.length ? styles(context, columns) : null;
  const what = first?.name ?? "β";
  const hint = grid
    ? `The same style under every ${what}: columns are values of ${what}, rows move z${grid.unit + 1} of the current code. A click takes a cell.`
    : "The image follows what the model is told.";
  const children = [...parts.map(({ element }) => element), ...(grid ? [grid.element] : []), h("p", { class: "caption" }, context.caption)];
  return {
    element: panel("condition", "Condition", hint, ...children),
    close: () => [...parts, grid].forEach((part) => part?.close?.()),
  };
}

/** A button for each value, one for none, and a blend of two. */
function labels({ scene }: Context, axis: Axis): View {
  const { name, values } = axis;
  const weights = () => scene.condition!.subarray(axis.at, axis.at + values.length);
  let a: number | null = Math.max(0, weights().indexOf(Math.max(...weights())));
  let [b, share] = [(a + 1) % values.length, 0];
  if (!weights().some(Boolean)) a = null;

  const towards = h("select", { "aria-label": "Blend towards", onchange: () => ((b = towards.selectedIndex), apply(), scene.release()) });
  towards.append(...values.map((value) => h("option", {}, value)));
  const output = h("output", {});
  const slider = h("input", {
    type: "range",
    min: 0,
    max: 1,
    step: 0.01,
    value: 0,
    "aria-label": "Blend",
    oninput: () => ((share = slider.valueAsNumber), apply()),
    onchange: () => scene.release(),
  });
  const apply = () => scene.setCondition(blend(scene.condition!, axis, a, b, share));
  const choose = (value: number | null) => {
    [a, share] = [value, 0];
    if (b === a) b = (a + 1) % values.length; // a blend of a label with itself would do nothing
    slider.value = "0";
    apply();
    scene.release();
  };
  const buttons = [...values.map((value, i) => button(value, `Condition on ${value}`, () => choose(i))), button(NOBODY, `Without a ${name}`, () => choose(null))];
  const show = () => {
    const now = weights();
    const top = now.indexOf(Math.max(...now));
    const told = now.some(Boolean);
    if (!told) a = null;
    else if (now[top] === 1) [a, share] = [top, 0]; // the grid was clicked
    buttons.forEach((element, i) => element.setAttribute("aria-pressed", String(told ? i === a : i === values.length)));
    towards.selectedIndex = b;
    slider.disabled = towards.disabled = !told;
    slider.style.setProperty("--from", "0%");
    slider.style.setProperty("--to", `${100 * share}%`);
    output.textContent = `${number(100 * share, 0)} %`;
  };
  show();
  const tools = h("div", { class: "tools", role: "group", "aria-label": name }, ...buttons);
  const mix = h("div", { class: "mix" }, h("label", {}, "Blend towards ", towards), h("div", { class: "slide" }, slider), output);
  return { element: h("div", {}, tools, mix), close: scene.on((change) => change === "condition" && show()) };
}

/** A property of many values, or a second one: a list. */
function selector({ scene }: Context, axis: Axis): View {
  const list = h("select", {
    "aria-label": axis.name,
    onchange: () => {
      scene.setCondition(blend(scene.condition!, axis, list.selectedIndex < axis.values.length ? list.selectedIndex : null));
      scene.release();
    },
  });
  list.append(...axis.values.map((value) => h("option", {}, value)), h("option", {}, NOBODY));
  const show = () => {
    const value = scene.condition!.subarray(axis.at, axis.at + axis.values.length).indexOf(1);
    list.selectedIndex = value < 0 ? axis.values.length : value;
  };
  show();
  const element = h("div", { class: "tools" }, h("label", {}, `${axis.name} `, list));
  return { element, close: scene.on((change) => change === "condition" && show()) };
}

/** The weight of the KL that a multi-rate model obeys. */
function beta({ scene }: Context, range: [number, number]): View {
  const last = scene.condition!.length - 1;
  const output = h("output", {});
  const slider = h("input", {
    type: "range",
    min: 0,
    max: 1,
    step: 0.005,
    "aria-label": "β",
    oninput: () => {
      const told = scene.condition!.slice();
      told[last] = betaAt(range, slider.valueAsNumber);
      scene.setCondition(told);
    },
    onchange: () => scene.release(),
  });
  const show = () => {
    const place = placeOf(range, scene.condition![last]);
    slider.value = String(place);
    slider.style.setProperty("--from", "0%");
    slider.style.setProperty("--to", `${100 * place}%`);
    slider.setAttribute("aria-valuetext", `β = ${short(scene.condition![last])}`);
    output.textContent = short(scene.condition![last]);
  };
  show();
  const element = h("div", { class: "mix" }, h("label", {}, "β"), h("div", { class: "slide" }, slider), output);
  return { element, close: scene.on((change) => change === "condition" && show()) };
}

function betas(range: [number, number] | null): Column[] {
  if (!range) return [];
  return Array.from({ length: BETAS }, (_, i) => {
    const value = betaAt(range, i / (BETAS - 1));
    return { name: short(value), told: (now) => Float32Array.from(now, (old, j) => (j === now.length - 1 ? value : old)) };
  });
}

const short = (value: number): string => String(Number(value.toPrecision(2)));

/** Rows move one unit of the code, columns are told different things. */
function styles(context: Context, columns: Column[]): View & { unit: number } {
  const { scene, model, points, reach } = context;
  const unit = orderedUnits(points, model.latentDim)[0].index;
  const values = steps(ROWS, reach);
  const [k, cells] = [columns.length, columns.length * ROWS];
  const told = () => {
    const each = columns.map((column) => column.told(scene.condition!));
    const out = new Float32Array(cells * scene.condition!.length);
    for (let i = 0; i < cells; i++) out.set(each[i % k], i * scene.condition!.length);
    return out;
  };
  const sheet = new Sheet(context, k, ROWS, "Style by condition", undefined, told);
  const redraw = () => {
    const rows = traverse(scene.z, [unit], values);
    const codes = new Float32Array(cells * scene.dims);
    for (let i = 0; i < cells; i++) {
      const row = Math.floor(i / k);
      codes.set(rows.subarray(row * scene.dims, (row + 1) * scene.dims), i * scene.dims);
    }
    sheet.show(codes);
  };
  sheet.picture.element.addEventListener("click", (event) => {
    const cell = sheet.cellAt(event);
    scene.setCondition(columns[cell % k].told(scene.condition!));
    scene.moveUnit(unit, values[Math.floor(cell / k)]);
    scene.release();
  });
  redraw();
  const off = scene.on((change) => (change === "code" || change === "condition") && redraw());
  const element = h(
    "div",
    { class: "matrix", style: `--widest:${5 * k}rem` },
    h("div", { class: "columns" }, ...columns.map(({ name }) => h("span", {}, name))),
    h("div", { class: "names" }, ...values.map((value) => h("span", {}, number(value, 1)))),
    h("div", { class: "cells" }, sheet.picture.element),
  );
  return { element, unit, close: off };
}
