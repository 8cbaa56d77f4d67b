/** A grid of decoded images on one canvas element. A worker decodes them; the newest codes replace waiting ones. */

import { repeatCondition } from "./condition";
import { Picture } from "./dom";
import { pickRows, putRows, staleRows, type Rows } from "./maths/stale";
import { paintImage } from "./paint";
import { runLatest } from "./throttle";
import type { Context } from "./viewContext";

const GAP = 1; // image pixels between two cells

export class ImageGrid {
  readonly picture: Picture;
  images: Float32Array | null = null;
  private readonly redraw: (codes: Float32Array) => void;
  private drawn: { codes: Rows; conditions: Rows } = { codes: null, conditions: null };

  /** ``onPaint`` runs after each painting; ``conditions`` returns one condition row per cell. */
  constructor(
    private readonly context: Context,
    readonly columns: number,
    readonly rows: number,
    label: string,
    onPaint: () => void = () => undefined,
    conditions: () => Float32Array | null = () => repeatCondition(context.scene.condition, columns * rows),
  ) {
    const [, height, width] = context.model.shape;
    this.picture = new Picture(columns * (width + GAP), rows * (height + GAP), label, "picture image-grid");
    this.redraw = runLatest(async (codes) => {
      const started = performance.now();
      await this.decode(codes, conditions());
      this.paint();
      onPaint();
      this.picture.element.dispatchEvent(new CustomEvent("painted", { detail: performance.now() - started }));
    }, context.reportError);
  }

  /** Decodes only the cells whose code or condition changed: a slider leaves its own row of a traversal unchanged. */
  private async decode(codes: Float32Array, conditions: Rows): Promise<void> {
    const cells = this.columns * this.rows;
    const changed = staleRows(cells, [[codes, this.drawn.codes], [conditions, this.drawn.conditions]]);
    if (!changed.length) return;
    const decoder = this.context.workerDecoder();
    const images = await decoder.decode(pickRows(codes, cells, changed), changed.length, pickRows(conditions, cells, changed));
    if (!this.images || changed.length === cells) this.images = images;
    else putRows(this.images, images, changed);
    this.drawn = { codes, conditions };
  }

  /** Shows the images of these codes, row by row. */
  show(codes: Float32Array): void {
    this.redraw(codes);
  }

  /** The decoded image of a cell, (C, H, W). */
  image(cell: number): Float32Array {
    const size = this.images!.length / (this.columns * this.rows);
    return this.images!.subarray(cell * size, (cell + 1) * size);
  }

  /** The cell under the pointer. */
  cellAt(event: MouseEvent): number {
    const box = this.picture.element.getBoundingClientRect();
    const indexOf = (share: number, cells: number) => Math.min(cells - 1, Math.max(0, Math.floor(share * cells)));
    const row = indexOf((event.clientY - box.top) / box.height, this.rows);
    return row * this.columns + indexOf((event.clientX - box.left) / box.width, this.columns);
  }

  private paint(): void {
    const { shape } = this.context.model;
    for (let i = 0; i < this.columns * this.rows; i++) {
      const [row, column] = [Math.floor(i / this.columns), i % this.columns];
      paintImage(this.picture.data, this.image(i), shape, column * (shape[2] + GAP), row * (shape[1] + GAP));
    }
    this.picture.show();
  }
}
