/** Encoding of an image that the user draws or picks: its posterior, its reconstruction, and other codes for the same image. */

import { button, formatNumber, h, panel, Picture } from "../dom";
import { paintStroke } from "../maths/brush";
import { hex } from "../maths/colour";
import { drawNormal } from "../maths/gaussian";
import { paintImage } from "../paint";
import { activeUnits, type Points } from "../points";
import { runLatest } from "../throttle";
import type { Context, View } from "../viewContext";

const MAX_EXAMPLES = 12;
const MAX_UNITS = 12;

export function drawView(context: Context): View | null {
  const { scene, model, points, encode } = context;
  if (!encode) return null;
  const [channels, height, width] = model.shape;
  const image = new Float32Array(channels * height * width);
  const input = new Picture(width, height, "Input image: draw here", "picture input");
  const surface = input.element;
  const colourInput = h("input", { type: "color", value: "#ffffff", "aria-label": "Colour of the brush" });

  // encode the image after every change
  const encodeImage = runLatest(async (final: boolean) => {
    const posterior = await encode(image);
    scene.setPosterior(posterior);
    scene.moveTo(posterior.mean);
    if (final) scene.release();
  }, context.reportError);
  const showInput = () => {
    paintImage(input.data, image, model.shape);
    input.show();
  };
  const imageChanged = (final: boolean) => {
    showInput();
    encodeImage(final);
  };

  // draw with the pointer
  let last: [number, number] | null = null;
  const stroke = (event: PointerEvent) => {
    const box = surface.getBoundingClientRect();
    const position: [number, number] = [
      ((event.clientX - box.left) / box.width) * width,
      ((event.clientY - box.top) / box.height) * height,
    ];
    paintStroke(image, model.shape, last ?? position, position, hex(colourInput.value).map((c) => c / 255), width / 20);
    last = position;
    imageChanged(false);
  };
  surface.addEventListener("pointerdown", (event) => {
    surface.setPointerCapture(event.pointerId);
    stroke(event);
  });
  surface.addEventListener("pointermove", (event) => event.buttons && stroke(event));
  surface.addEventListener("pointerup", () => {
    last = null;
    encodeImage(true);
  });

  // buttons, and real images to pick
  const clear = button("Clear", "Start with an empty image", () => {
    image.fill(0);
    imageChanged(true);
  });
  const resample = button("Resample z", "Draw another code from this image's posterior", () => {
    const { posterior } = scene;
    if (posterior) scene.jumpTo(posterior.mean.map((m, j) => m + posterior.std[j] * drawNormal()));
  });
  const mean = button("Mean", "Use the posterior mean as the code", () => scene.posterior && scene.jumpTo(scene.posterior.mean));
  resample.disabled = mean.disabled = true;
  const picks = h("div", { class: "picks", role: "group", "aria-label": "Real images" });
  if (points?.examples)
    for (let i = 0; i < Math.min(MAX_EXAMPLES, points.examples.values.length / image.length); i++)
      picks.append(
        exampleButton(points, i, model.shape, (pixels) => {
          image.set(pixels);
          imageChanged(true);
        }),
      );

  // reconstruction and posterior
  const reconstruction = new Picture(width, height, `Reconstruction, ${context.caption}`);
  const intervals = h("div", { class: "spread" });
  const unsubscribe = scene.subscribe((change) => {
    if (change === "posterior" && scene.posterior) {
      resample.disabled = mean.disabled = false;
      intervals.replaceChildren(...posteriorIntervals(context, scene.posterior));
    }
    if (change !== "image" || !scene.image) return;
    paintImage(reconstruction.data, scene.image, model.shape);
    reconstruction.show();
  });
  showInput();
  const pair = h(
    "div",
    { class: "pair" },
    h("figure", {}, surface, h("figcaption", {}, points?.examples ? "input: draw, or pick an image below" : "input: draw here")),
    h("figure", {}, reconstruction.element, h("figcaption", {}, `decoded from z · ${context.caption}`)),
    intervals,
  );
  const tools = h("div", { class: "tools" }, clear, resample, mean, channels === 3 ? colourInput : null);
  const hint = "The encoder also runs in the browser. Bars: the posterior mean ± σ of each unit. On a map, the red ellipse is the same posterior.";
  return { element: panel("draw", "Draw", hint, tools, pair, picks), close: unsubscribe };
}

function exampleButton(points: Points, i: number, shape: number[], onPick: (pixels: Float32Array) => void): HTMLElement {
  const size = shape.reduce((a, b) => a * b, 1);
  const pixels = Float32Array.from(points.examples!.values.subarray(i * size, (i + 1) * size), (v) => v / 255);
  const thumbnail = new Picture(shape[2], shape[1], `Real image ${i + 1}`);
  paintImage(thumbnail.data, pixels, shape);
  thumbnail.show();
  const element = button("", `Encode real image ${i + 1}`, () => onPick(pixels));
  element.append(thumbnail.element);
  element.setAttribute("aria-label", element.title);
  return element;
}

/** Mean ± σ of each active unit, as a bar and in numbers. */
function posteriorIntervals({ model, points, reach }: Context, { mean, std }: { mean: Float32Array; std: Float32Array }): HTMLElement[] {
  const percent = (value: number) => 100 * Math.min(1, Math.max(0, (value + reach) / (2 * reach)));
  return activeUnits(points, model.latentDim)
    .slice(0, MAX_UNITS)
    .map(({ index }) => {
      const [from, to] = [percent(mean[index] - std[index]), percent(mean[index] + std[index])];
      const bar = h("i", { style: `left:${from}%;width:${Math.max(1, to - from)}%` });
      return h("div", {}, h("b", {}, `z${index + 1}`), h("span", {}, bar), `${formatNumber(mean[index])} ± ${formatNumber(std[index])}`);
    });
}
