/** The layers of the map beneath and above its points. */

import { css, type Rgb } from "../maths/colour";
import { toPixel, type Camera } from "../maths/camera";
import type { Box } from "../maths/density";
import type { Plane } from "../maths/plane";

/** Clears a canvas at the camera's size in device pixels. Returns its context, with CSS pixels as units. */
export function prepareCanvas(canvas: HTMLCanvasElement, camera: Camera): CanvasRenderingContext2D {
  const ratio = devicePixelRatio;
  const [width, height] = [Math.round(camera.width * ratio), Math.round(camera.height * ratio)];
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d")!;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, camera.width, camera.height);
  return context;
}

/** Circles at 1, 2 and 3σ of the prior: N(0, I) is isotropic, so its marginal on any orthonormal plane has these radii. */
export function drawPriorRings(to: CanvasRenderingContext2D, camera: Camera, centre: [number, number], colour: string): void {
  const [x, y] = toPixel(camera, ...centre);
  to.strokeStyle = to.fillStyle = colour;
  to.lineWidth = 1;
  to.font = "11px sans-serif";
  for (const sigma of [1, 2, 3]) {
    to.setLineDash(sigma === 1 ? [] : [4, 4]);
    to.beginPath();
    to.arc(x, y, sigma * camera.scale, 0, 2 * Math.PI);
    to.stroke();
    to.fillText(`${sigma}σ`, x + sigma * camera.scale * Math.SQRT1_2 + 3, y - sigma * camera.scale * Math.SQRT1_2 - 3);
  }
  to.setLineDash([]);
}

/** The 1σ ellipse of a posterior: of the covariance A diag(σ²) Aᵀ of its marginal on the plane, at true scale. */
export function drawEllipse(
  to: CanvasRenderingContext2D,
  camera: Camera,
  { axes }: Plane,
  std: ArrayLike<number>,
  x: number,
  y: number,
): void {
  let [a, b, c] = [0, 0, 0];
  for (let j = 0; j < std.length; j++) {
    const variance = std[j] * std[j];
    a += variance * axes[0][j] * axes[0][j];
    b += variance * axes[0][j] * axes[1][j];
    c += variance * axes[1][j] * axes[1][j];
  }
  const spread = Math.sqrt(((a - c) / 2) ** 2 + b * b);
  const [major, minor] = [(a + c) / 2 + spread, Math.max(0, (a + c) / 2 - spread)];
  const [px, py] = toPixel(camera, x, y);
  to.beginPath();
  to.ellipse(px, py, Math.sqrt(major) * camera.scale, Math.sqrt(minor) * camera.scale, -0.5 * Math.atan2(2 * b, a - c), 0, 2 * Math.PI);
  to.stroke();
}

/** A density as an image of one colour. Opacity follows its square root, because its range is wide. */
export function renderDensity(values: Float32Array, columns: number, rows: number, [r, g, b]: Rgb): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [columns, rows];
  const context = canvas.getContext("2d")!;
  const image = context.createImageData(columns, rows);
  const max = values.reduce((largest, value) => Math.max(largest, value), 1e-12);
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++)
      image.data.set([r, g, b, 200 * Math.sqrt(values[(rows - 1 - y) * columns + x] / max)], 4 * (y * columns + x));
  context.putImageData(image, 0, 0);
  return canvas;
}

/** Draws an image of ``renderDensity`` where its box lies on the map. */
export function drawDensity(to: CanvasRenderingContext2D, camera: Camera, picture: HTMLCanvasElement, box: Box): void {
  const [left, top] = toPixel(camera, box.left, box.bottom + box.height);
  to.imageSmoothingEnabled = true;
  to.drawImage(picture, left, top, box.width * camera.scale, box.height * camera.scale);
}

/** The marker of the current code, visible on any background; dashed where the code lies off the map. */
export function drawMarker(to: CanvasRenderingContext2D, x: number, y: number, ink: string, background: string, solid = true): void {
  for (const [colour, width] of [[background, 5], [ink, 2]] as const) {
    to.strokeStyle = colour;
    to.lineWidth = width;
    to.setLineDash(solid ? [] : [3, 3]);
    to.beginPath();
    to.arc(x, y, 8, 0, 2 * Math.PI);
    to.moveTo(x - 13, y);
    to.lineTo(x - 4, y);
    to.moveTo(x + 4, y);
    to.lineTo(x + 13, y);
    to.moveTo(x, y - 13);
    to.lineTo(x, y - 4);
    to.moveTo(x, y + 4);
    to.lineTo(x, y + 13);
    to.stroke();
  }
  to.setLineDash([]);
}

/** The outline of a lasso. */
export function drawOutline(to: CanvasRenderingContext2D, camera: Camera, polygon: [number, number][], ink: Rgb): void {
  to.beginPath();
  polygon.forEach(([x, y], i) => {
    const [px, py] = toPixel(camera, x, y);
    if (i) to.lineTo(px, py);
    else to.moveTo(px, py);
  });
  to.closePath();
  to.fillStyle = css(ink, 0.12);
  to.strokeStyle = css(ink);
  to.lineWidth = 1.5;
  to.fill();
  to.stroke();
}
