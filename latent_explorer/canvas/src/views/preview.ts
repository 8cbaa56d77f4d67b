/** The large image of the current code, with its gauge and the buttons that set the code. */

import { button, h, Picture } from "../dom";
import { paintImage } from "../paint";
import type { Context, View } from "../viewContext";
import { gaugeView } from "./gauge";

export function previewView(context: Context): View {
  const { scene, model, points } = context;
  const [, height, width] = model.shape;
  const picture = new Picture(width, height, `Decoded image, ${context.caption}`, "picture main");

  const actions = h(
    "div",
    { class: "actions", role: "group", "aria-label": "Code" },
    button("Resample", "Draw a latent code from the prior; locked units do not change", () => scene.jumpTo(context.prior.sample())),
    button("Reset", "Set all units to 0, the centre of the prior; locked units do not change", () => scene.jumpTo(new Float32Array(scene.dims))),
  );
  if (points)
    actions.append(
      button("Real image", "Use the latent code of a random real image; locked units do not change", () => {
        const row = Math.floor(Math.random() * points.n);
        scene.jumpTo(points.mean.subarray(row * points.dims, (row + 1) * points.dims));
      }),
    );
  const figure = h("figure", {}, picture.element, h("figcaption", {}, context.caption));
  const unsubscribe = scene.subscribe((change) => {
    if (change !== "image" || !scene.image) return;
    paintImage(picture.data, scene.image, model.shape);
    picture.show();
  });
  const element = h("div", { class: "preview" }, figure, h("div", { class: "facts" }, gaugeView(context).element, actions));
  return { element, close: unsubscribe };
}
