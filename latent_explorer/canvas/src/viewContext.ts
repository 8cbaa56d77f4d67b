/** The interface between the canvas and its views. */

import type { Decoder, Posterior } from "./decoder";
import type { Points } from "./points";
import type { Prior } from "./prior";
import type { Model, ReportState } from "./protocol";
import type { Scene } from "./scene";

/** Everything a view can use. */
export interface Context {
  model: Model;
  prior: Prior;
  points: Points | null;
  scene: Scene;
  reach: number; // sliders go from −reach to reach, in prior σ
  decoder: Decoder; // in the main thread: for the one image under the pointer
  workerDecoder(): Decoder; // in a worker: for many images at once
  encode: ((image: Float32Array) => Promise<Posterior>) | null;
  reportState: ReportState;
  reportError(error: unknown): void;
  caption: string; // the model's name and step: shown under every image
}

export interface View {
  element: HTMLElement;
  close?(): void;
}
