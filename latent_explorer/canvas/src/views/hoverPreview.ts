/** A card beside the pointer with the image that the map's point decodes to. */

import { repeatCondition } from "../condition";
import { h, Picture } from "../dom";
import { paintImage } from "../paint";
import type { PickedCode } from "../pick";
import { runLatest } from "../throttle";
import type { Context } from "../viewContext";

export class HoverPreview {
  readonly element: HTMLElement;
  private readonly picture: Picture;
  private readonly label = h("span", {});
  private readonly decode: (picked: PickedCode) => void;
  private visible = false;

  constructor({ model, scene, decoder, reportError }: Context) {
    this.picture = new Picture(model.shape[2], model.shape[1], "Decoded under the pointer");
    this.element = h("div", { class: "card hover-preview", hidden: true }, this.picture.element, this.label);
    this.decode = runLatest(async (picked: PickedCode) => {
      paintImage(this.picture.data, await decoder.decode(picked.z, 1, repeatCondition(scene.condition, 1)), model.shape);
      this.picture.show();
      this.element.hidden = !this.visible;
      this.element.dispatchEvent(new CustomEvent("painted"));
    }, reportError);
  }

  /** Shows the code's image at pixel (px, py) of a map ``width`` pixels wide. */
  show(picked: PickedCode, px: number, py: number, width: number): void {
    this.visible = true;
    this.label.textContent = picked.label;
    const leftHalf = px < width / 2;
    this.element.style.cssText = `top:${py + 14}px;${leftHalf ? `left:${px + 14}px` : `right:${width - px + 14}px`}`;
    this.decode(picked);
  }

  hide(): void {
    this.visible = false;
    this.element.hidden = true;
  }
}
