/** The controls of a conditional model: its labels, blends of two labels, β; and one latent code under several conditions. */

import { betaAtPosition, betaPosition, blend, propertyColumns, withBeta, type PropertyColumns } from "../condition";
import { button, formatNumber, h, panel } from "../dom";
import { ImageGrid } from "../imageGrid";
import { steps, traverse } from "../maths/codes";
import { unitsByKl } from "../points";
import type { Context, View } from "../viewContext";

const ROWS = 5;
const MAX_BUTTONS = 12; // a property with more values is a list
const BETA_COLUMNS = 9;
const UNKNOWN = "unknown";

/** A column of the grid: a name, and the condition that it shows, made from the current one. */
interface Column {
  name: string;
  conditionFrom(current: Float32Array): Float32Array;
}

export function conditionView(context: Context): View | null {
  const { scene, model } = context;
  if (!scene.condition) return null;

  // the controls: buttons for the first property with few values, lists for the others, a slider for β
  const properties = propertyColumns(model);
  const first = properties.find(({ values }) => values.length <= MAX_BUTTONS);
  const controls = properties.map((property) => (property === first ? labelButtons(context, property) : valueList(context, property)));
  if (model.betaRange) controls.push(betaSlider(context, model.betaRange));

  // the grid over the values of the first property, or over β
  const columns = first ? labelColumns(first) : betaColumns(model.betaRange);
  const grid = columns.length ? conditionGrid(context, columns) : null;
  const name = first?.name ?? "β";
  const hint = grid
    ? `Columns: the current code under each value of ${name}. Rows: values of z${grid.unit + 1}. Click a cell to use it.`
    : "The image shows the current code under the chosen condition.";
  const children = [...controls.map(({ element }) => element), ...(grid ? [grid.element] : []), h("p", { class: "caption" }, context.caption)];
  return {
    element: panel("condition", "Condition", hint, ...children),
    close: () => [...controls, grid].forEach((part) => part?.close?.()),
  };
}

/** A button for each value, one for unknown, and a slider that blends two values. */
function labelButtons({ scene }: Context, property: PropertyColumns): View {
  const { name, values } = property;
  const weights = () => scene.condition!.subarray(property.offset, property.offset + values.length);
  let a: number | null = Math.max(0, weights().indexOf(Math.max(...weights())));
  let [b, share] = [(a + 1) % values.length, 0];
  if (!weights().some(Boolean)) a = null;

  const target = h("select", { "aria-label": "Blend towards", onchange: () => ((b = target.selectedIndex), apply(), scene.release()) });
  target.append(...values.map((value) => h("option", {}, value)));
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
  const apply = () => scene.setCondition(blend(scene.condition!, property, a, b, share));
  const chooseValue = (value: number | null) => {
    [a, share] = [value, 0];
    if (b === a) b = (a + 1) % values.length; // a blend of a label with itself has no effect
    slider.value = "0";
    apply();
    scene.release();
  };
  const buttons = [
    ...values.map((value, i) => button(value, `Condition on ${value}`, () => chooseValue(i))),
    button(UNKNOWN, `Without a ${name}`, () => chooseValue(null)),
  ];
  const show = () => {
    const current = weights();
    const largest = current.indexOf(Math.max(...current));
    const known = current.some(Boolean);
    if (!known) a = null;
    else if (current[largest] === 1) [a, share] = [largest, 0]; // set by a click on the grid
    buttons.forEach((element, i) => element.setAttribute("aria-pressed", String(known ? i === a : i === values.length)));
    target.selectedIndex = b;
    slider.disabled = target.disabled = !known;
    slider.style.setProperty("--from", "0%");
    slider.style.setProperty("--to", `${100 * share}%`);
    output.textContent = `${formatNumber(100 * share, 0)} %`;
  };
  show();
  const tools = h("div", { class: "tools", role: "group", "aria-label": name }, ...buttons);
  const mix = h("div", { class: "mix" }, h("label", {}, "Blend towards ", target), h("div", { class: "slide" }, slider), output);
  return { element: h("div", {}, tools, mix), close: scene.subscribe((change) => change === "condition" && show()) };
}

/** A list of the values: for a property with many values, or for further properties. */
function valueList({ scene }: Context, property: PropertyColumns): View {
  const list = h("select", {
    "aria-label": property.name,
    onchange: () => {
      const value = list.selectedIndex < property.values.length ? list.selectedIndex : null;
      scene.setCondition(blend(scene.condition!, property, value));
      scene.release();
    },
  });
  list.append(...property.values.map((value) => h("option", {}, value)), h("option", {}, UNKNOWN));
  const show = () => {
    const value = scene.condition!.subarray(property.offset, property.offset + property.values.length).indexOf(1);
    list.selectedIndex = value < 0 ? property.values.length : value;
  };
  show();
  const element = h("div", { class: "tools" }, h("label", {}, `${property.name} `, list));
  return { element, close: scene.subscribe((change) => change === "condition" && show()) };
}

/** The weight β of the KL term, for a model that is trained for a range of β. */
function betaSlider({ scene }: Context, range: [number, number]): View {
  const current = () => scene.condition![scene.condition!.length - 1];
  const output = h("output", {});
  const slider = h("input", {
    type: "range",
    min: 0,
    max: 1,
    step: 0.005,
    "aria-label": "β",
    oninput: () => scene.setCondition(withBeta(scene.condition!, betaAtPosition(range, slider.valueAsNumber))),
    onchange: () => scene.release(),
  });
  const show = () => {
    const position = betaPosition(range, current());
    slider.value = String(position);
    slider.style.setProperty("--from", "0%");
    slider.style.setProperty("--to", `${100 * position}%`);
    slider.setAttribute("aria-valuetext", `β = ${shortNumber(current())}`);
    output.textContent = shortNumber(current());
  };
  show();
  const element = h("div", { class: "mix" }, h("label", {}, "β"), h("div", { class: "slide" }, slider), output);
  return { element, close: scene.subscribe((change) => change === "condition" && show()) };
}

function labelColumns(property: PropertyColumns): Column[] {
  return property.values.map((name, i) => ({ name, conditionFrom: (current) => blend(current, property, i) }));
}

function betaColumns(range: [number, number] | null): Column[] {
  if (!range) return [];
  return Array.from({ length: BETA_COLUMNS }, (_, i) => {
    const beta = betaAtPosition(range, i / (BETA_COLUMNS - 1));
    return { name: shortNumber(beta), conditionFrom: (current) => withBeta(current, beta) };
  });
}

const shortNumber = (value: number): string => String(Number(value.toPrecision(2)));

/** Images of the current code: rows change one unit, columns change the condition. */
function conditionGrid(context: Context, columns: Column[]): View & { unit: number } {
  const { scene, model, points, reach } = context;
  const unit = unitsByKl(points, model.latentDim)[0].index;
  const values = steps(ROWS, reach);
  const [k, cells] = [columns.length, columns.length * ROWS];
  const conditions = () => {
    const perColumn = columns.map((column) => column.conditionFrom(scene.condition!));
    const out = new Float32Array(cells * scene.condition!.length);
    for (let i = 0; i < cells; i++) out.set(perColumn[i % k], i * scene.condition!.length);
    return out;
  };
  const images = new ImageGrid(context, k, ROWS, "Latent code by condition", undefined, conditions);
  const redraw = () => {
    const rows = traverse(scene.z, [unit], values);
    const codes = new Float32Array(cells * scene.dims);
    for (let i = 0; i < cells; i++) {
      const row = Math.floor(i / k);
      codes.set(rows.subarray(row * scene.dims, (row + 1) * scene.dims), i * scene.dims);
    }
    images.show(codes);
  };
  images.picture.element.addEventListener("click", (event) => {
    const cell = images.cellAt(event);
    scene.setCondition(columns[cell % k].conditionFrom(scene.condition!));
    scene.moveUnit(unit, values[Math.floor(cell / k)]);
    scene.release();
  });
  redraw();
  const unsubscribe = scene.subscribe((change) => (change === "code" || change === "condition") && redraw());
  const element = h(
    "div",
    { class: "matrix", style: `--widest:${5 * k}rem` },
    h("div", { class: "columns" }, ...columns.map(({ name }) => h("span", {}, name))),
    h("div", { class: "names" }, ...values.map((value) => h("span", {}, formatNumber(value, 1)))),
    h("div", { class: "cells" }, images.picture.element),
  );
  return { element, unit, close: unsubscribe };
}
