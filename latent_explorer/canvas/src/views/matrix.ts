/** Every unit's traversal through the current code at once: rows units, columns values. */

import { h, number, panel, Picture } from "../dom";
import { latest } from "../latest";
import { steps, traverse } from "../maths/codes";
import { orderedUnits } from "../points";
import { paintDifference, paintImage } from "../paint";
import { conditions, type Context, type View } from "../view";

const COLUMNS = 11;
const MOST_ROWS = 12;

export function matrix(context: Context): View {
  const { scene, points, model, reach } = context;
  const [, height, width] = model.shape;
  const units = orderedUnits(points, model.latentDim)
    .filter((unit) => unit.active)
    .slice(0, MOST_ROWS);
  const values = steps(COLUMNS, reach);
  const gap = 1;
  const sheet = new Picture(COLUMNS * (width + gap), units.length * (height + gap), "Traversal matrix", "picture sheet");
  sheet.element.tabIndex = 0;
  let images: Float32Array | null = null;

  const redraw = latest(async (z: Float32Array) => {
    const n = units.length * COLUMNS;
    const codes = traverse(z, units.map((unit) => unit.index), values);
    const decoded = await context.batch().decode(codes, n, conditions(scene, n));
    images = decoded;
    const size = decoded.length / n;
    for (let i = 0; i < n; i++) {
      const left = (i % COLUMNS) * (width + gap);
      paintImage(sheet.data, decoded, model.shape, left, Math.floor(i / COLUMNS) * (height + gap), i * size);
    }
    sheet.show();
    sheet.element.dispatchEvent(new CustomEvent("painted"));
    if (at !== null) look(at);
  }, context.failed);

  let at: number | null = null;
  const preview = new Picture(width, height, "Difference from the current image");
  const words = h("span", {});
  const card = h("div", { class: "card", hidden: true }, preview.element, words);
  const frame = h("span", { class: "frame", hidden: true });

  function look(cell: number | null): void {
    at = cell;
    card.hidden = frame.hidden = cell === null || !images || !scene.image;
    if (cell === null || !images || !scene.image) return;
    const size = images.length / (units.length * COLUMNS);
    paintDifference(preview.data, images.subarray(cell * size, (cell + 1) * size), scene.image, model.shape);
    preview.show();
    const [row, column] = [Math.floor(cell / COLUMNS), cell % COLUMNS];
    words.textContent = `z${units[row].index + 1} = ${number(values[column])}: less in blue, more in red`;
    sheet.element.setAttribute("aria-label", `Traversal matrix, unit z${units[row].index + 1} at ${number(values[column])}`);
    const [left, top] = [(100 * column) / COLUMNS, (100 * row) / units.length];
    frame.style.cssText = `left:${left}%;top:${top}%;width:${100 / COLUMNS}%;height:${100 / units.length}%`;
    card.style.cssText = `top:calc(${top + 100 / units.length}% + 4px);${left > 50 ? `right:${100 - left - 100 / COLUMNS}%` : `left:${left}%`}`;
  }
  const take = (cell: number) => {
    scene.moveUnit(units[Math.floor(cell / COLUMNS)].index, values[cell % COLUMNS]);
    scene.release();
  };
  const cellAt = (event: MouseEvent) => {
    const box = sheet.element.getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left) / box.width) * COLUMNS);
    const row = Math.floor(((event.clientY - box.top) / box.height) * units.length);
    return Math.min(units.length - 1, Math.max(0, row)) * COLUMNS + Math.min(COLUMNS - 1, Math.max(0, column));
  };
  sheet.element.addEventListener("pointermove", (event) => look(cellAt(event)));
  sheet.element.addEventListener("pointerleave", () => look(null));
  sheet.element.addEventListener("blur", () => look(null));
  sheet.element.addEventListener("click", (event) => take(cellAt(event)));
  sheet.element.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -COLUMNS, ArrowDown: COLUMNS }[event.key];
    if (move === undefined && event.key !== "Enter") return;
    event.preventDefault();
    const cell = at ?? Math.floor(COLUMNS / 2);
    if (move === undefined) take(cell);
    else look(Math.min(units.length * COLUMNS - 1, Math.max(0, cell + move)));
  });

  const grid = h(
    "div",
    { class: "matrix" },
    h("div", { class: "columns" }, ...values.map((value) => h("span", {}, number(value, 1)))),
    h("div", { class: "names" }, ...units.map((unit) => h("span", {}, `z${unit.index + 1}`))),
    h("div", { class: "cells" }, sheet.element, frame, card),
  );
  const hint = "Every row changes one unit of the current code. A cell shows its difference under the pointer; a click takes it.";
  const element = panel("matrix-panel", "Traversals", hint, grid, h("p", { class: "caption" }, context.caption));
  redraw(scene.z);
  const off = scene.on((change) => (change === "code" || change === "condition") && redraw(scene.z));
  return { element, close: off };
}
