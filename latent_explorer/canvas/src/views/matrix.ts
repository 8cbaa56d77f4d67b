/** The traversals of all active units through the current code: rows are units, columns are values. */

import { formatNumber, h, panel, Picture } from "../dom";
import { ImageGrid } from "../imageGrid";
import { steps, traverse } from "../maths/codes";
import { paintDifference } from "../paint";
import { activeUnits } from "../points";
import type { Context, View } from "../viewContext";

const COLUMNS = 11;
const MAX_ROWS = 12;

export function matrixView(context: Context): View {
  const { scene, points, model, reach } = context;
  const [, height, width] = model.shape;
  const units = activeUnits(points, model.latentDim).slice(0, MAX_ROWS);
  const values = steps(COLUMNS, reach);
  let current: number | null = null; // the cell under the pointer or the keyboard

  // the grid of images
  const images = new ImageGrid(context, COLUMNS, units.length, "Traversal matrix", () => current !== null && inspect(current));
  const surface = images.picture.element;
  surface.tabIndex = 0;
  const redraw = () => images.show(traverse(scene.z, units.map((unit) => unit.index), values));

  // the card that shows a cell's difference from the current image
  const difference = new Picture(width, height, "Difference from the current image");
  const text = h("span", {});
  const card = h("div", { class: "card", hidden: true }, difference.element, text);
  const frame = h("span", { class: "frame", hidden: true });
  function inspect(cell: number | null): void {
    current = cell;
    card.hidden = frame.hidden = cell === null || !images.images || !scene.image;
    if (cell === null || !images.images || !scene.image) return;
    paintDifference(difference.data, images.image(cell), scene.image, model.shape);
    difference.show();
    const [row, column] = [Math.floor(cell / COLUMNS), cell % COLUMNS];
    text.textContent = `z${units[row].index + 1} = ${formatNumber(values[column])}: blue is darker, red is brighter than the current image`;
    surface.setAttribute("aria-label", `Traversal matrix, unit z${units[row].index + 1} at ${formatNumber(values[column])}`);
    const [left, top] = [(100 * column) / COLUMNS, (100 * row) / units.length];
    frame.style.cssText = `left:${left}%;top:${top}%;width:${100 / COLUMNS}%;height:${100 / units.length}%`;
    card.style.cssText = `top:calc(${top + 100 / units.length}% + 4px);${left > 50 ? `right:${100 - left - 100 / COLUMNS}%` : `left:${left}%`}`;
  }

  // pointer and keyboard
  const useCell = (cell: number) => {
    scene.moveUnit(units[Math.floor(cell / COLUMNS)].index, values[cell % COLUMNS]);
    scene.release();
  };
  surface.addEventListener("pointermove", (event) => inspect(images.cellAt(event)));
  surface.addEventListener("pointerleave", () => inspect(null));
  surface.addEventListener("blur", () => inspect(null));
  surface.addEventListener("click", (event) => useCell(images.cellAt(event)));
  surface.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -COLUMNS, ArrowDown: COLUMNS }[event.key];
    if (move === undefined && event.key !== "Enter") return;
    event.preventDefault();
    const cell = current ?? Math.floor(COLUMNS / 2);
    if (move === undefined) useCell(cell);
    else inspect(Math.min(units.length * COLUMNS - 1, Math.max(0, cell + move)));
  });

  const grid = h(
    "div",
    { class: "matrix" },
    h("div", { class: "columns" }, ...values.map((value) => h("span", {}, formatNumber(value, 1)))),
    h("div", { class: "names" }, ...units.map((unit) => h("span", {}, `z${unit.index + 1}`))),
    h("div", { class: "cells" }, surface, frame, card),
  );
  const hint = "Each row changes one unit of the current code. Point at a cell to see its difference from the current image; click to use its code.";
  const element = panel("matrix-panel", "Traversals", hint, grid, h("p", { class: "caption" }, context.caption));
  redraw();
  const unsubscribe = scene.subscribe((change) => (change === "code" || change === "condition") && redraw());
  return { element, close: unsubscribe };
}
