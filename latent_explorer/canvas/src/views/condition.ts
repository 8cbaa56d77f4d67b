/** The label of a conditional model, blends of two, and every label under the same style. */

import { button, h, number, panel } from "../dom";
import { steps, traverse } from "../maths/codes";
import { orderedUnits } from "../points";
import { Sheet } from "../sheet";
import type { Context, View } from "../view";

const ROWS = 5;

/** Weights over K labels: all of ``a``, or a blend towards ``b``. */
export function blend(k: number, a: number, b: number, share: number): Float32Array {
  const weights = new Float32Array(k);
  weights[a] += 1 - share;
  weights[b] += share;
  return weights;
}

export function condition(context: Context): View | null {
  const { scene, model, points, reach } = context;
  const names = model.conditions;
  if (!names.length) return null;
  const k = names.length;
  let [a, b, share] = [Math.max(0, scene.condition!.indexOf(1)), Math.min(1, k - 1), 0];

  const labels = h("div", { class: "tools", role: "group", "aria-label": "Label" });
  const towards = h("select", { "aria-label": "Blend towards", onchange: () => ((b = towards.selectedIndex), apply(), scene.release()) });
  towards.append(...names.map((name) => h("option", {}, name)));
  towards.selectedIndex = b;
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
  labels.append(
    ...names.map((name, i) =>
      button(name, `Condition on ${name}`, () => {
        choose(i);
        scene.release();
      }),
    ),
  );
  const apply = () => scene.setCondition(blend(k, a, b, share));
  const choose = (label: number) => {
    [a, share] = [label, 0];
    if (b === a) towards.selectedIndex = b = (a + 1) % k; // a blend of a label with itself would do nothing
    slider.value = "0";
    apply();
  };
  const show = () => {
    slider.style.setProperty("--from", "0%");
    slider.style.setProperty("--to", `${100 * share}%`);
    output.textContent = `${number(100 * share, 0)} %`;
    [...labels.children].forEach((label, i) => label.setAttribute("aria-pressed", String(i === a)));
  };

  const unit = orderedUnits(points, model.latentDim)[0].index;
  const values = steps(ROWS, reach);
  const labelled = () => {
    const out = new Float32Array(ROWS * k * k);
    for (let i = 0; i < ROWS * k; i++) out[i * k + (i % k)] = 1;
    return out;
  };
  const sheet = new Sheet(context, k, ROWS, "Style by label", undefined, labelled);
  const redraw = () => {
    const styles = traverse(scene.z, [unit], values);
    const codes = new Float32Array(ROWS * k * scene.dims);
    for (let i = 0; i < ROWS * k; i++) {
      const row = Math.floor(i / k);
      codes.set(styles.subarray(row * scene.dims, (row + 1) * scene.dims), i * scene.dims);
    }
    sheet.show(codes);
  };
  sheet.picture.element.addEventListener("click", (event) => {
    const cell = sheet.cellAt(event);
    choose(cell % k);
    scene.moveUnit(unit, values[Math.floor(cell / k)]);
    scene.release();
  });
  show();
  redraw();
  const off = scene.on((change) => (change === "code" ? redraw() : change === "condition" && show()));
  const grid = h(
    "div",
    { class: "matrix", style: `--widest:${5 * k}rem` },
    h("div", { class: "columns" }, ...names.map((name) => h("span", {}, name))),
    h("div", { class: "names" }, ...values.map((value) => h("span", {}, number(value, 1)))),
    h("div", { class: "cells" }, sheet.picture.element),
  );
  const mix = h("div", { class: "mix" }, h("label", {}, "Blend towards ", towards), h("div", { class: "slide" }, slider), output);
  const hint = `The same style under every label: columns are labels, rows move z${unit + 1} of the current code. A click takes a cell.`;
  return { element: panel("condition", "Condition", hint, labels, mix, grid, h("p", { class: "caption" }, context.caption)), close: off };
}
