/** Every unit's traversal through the current code at once: rows units, columns values. */

import { h, number, panel, Picture } from "../dom";
import { steps, traverse } from "../maths/codes";
import { livingUnits } from "../points";
import { paintDifference } from "../paint";
import { Sheet } from "../sheet";
import type { Context, View } from "../view";

const COLUMNS = 11;
const MOST_ROWS = 12;

export function matrix(context: Context): View {
  const { scene, points, model, reach } = context;
  const [, height, width] = model.shape;
  const units = livingUnits(points, model.latentDim).slice(0, MOST_ROWS);
  const values = steps(COLUMNS, reach);
  const sheet = new Sheet(context, COLUMNS, units.length, "Traversal matrix", () => at !== null && look(at));
  const surface = sheet.picture.element;
  surface.tabIndex = 0;
  const redraw = () => sheet.show(traverse(scene.z, units.map((unit) => unit.index), values));

  let at: number | null = null;
  const preview = new Picture(width, height, "Difference from the current image");
  const words = h("span", {});
  const card = h("div", { class: "card", hidden: true }, preview.element, words);
  const frame = h("span", { class: "frame", hidden: true });

  function look(cell: number | null): void {
    at = cell;
    card.hidden = frame.hidden = cell === null || !sheet.images || !scene.image;
    if (cell === null || !sheet.images || !scene.image) return;
    paintDifference(preview.data, sheet.image(cell), scene.image, model.shape);
    preview.show();
    const [row, column] = [Math.floor(cell / COLUMNS), cell % COLUMNS];
    words.textContent = `z${units[row].index + 1} = ${number(values[column])}: less in blue, more in red`;
    surface.setAttribute("aria-label", `Traversal matrix, unit z${units[row].index + 1} at ${number(values[column])}`);
    const [left, top] = [(100 * column) / COLUMNS, (100 * row) / units.length];
    frame.style.cssText = `left:${left}%;top:${top}%;width:${100 / COLUMNS}%;height:${100 / units.length}%`;
    card.style.cssText = `top:calc(${top + 100 / units.length}% + 4px);${left > 50 ? `right:${100 - left - 100 / COLUMNS}%` : `left:${left}%`}`;
  }
  const take = (cell: number) => {
    scene.moveUnit(units[Math.floor(cell / COLUMNS)].index, values[cell % COLUMNS]);
    scene.release();
  };
  surface.addEventListener("pointermove", (event) => look(sheet.cellAt(event)));
  surface.addEventListener("pointerleave", () => look(null));
  surface.addEventListener("blur", () => look(null));
  surface.addEventListener("click", (event) => take(sheet.cellAt(event)));
  surface.addEventListener("keydown", (event) => {
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
    h("div", { class: "cells" }, surface, frame, card),
  );
  const hint = "Every row changes one unit of the current code. A cell shows its difference under the pointer; a click takes it.";
  const element = panel("matrix-panel", "Traversals", hint, grid, h("p", { class: "caption" }, context.caption));
  redraw();
  const off = scene.on((change) => (change === "code" || change === "condition") && redraw());
  return { element, close: off };
}
