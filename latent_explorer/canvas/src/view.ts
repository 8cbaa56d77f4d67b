/** What a view is given, and what it is. */

import type { Decoder, Encoded } from "./decoder";
import type { Points } from "./points";
import type { Prior } from "./prior";
import type { Scene } from "./scene";
import type { Model, Tell } from "./types";

export interface Context {
  model: Model;
  prior: Prior;
  points: Points | null;
  scene: Scene;
  reach: number; // sliders go from −reach to reach, in prior σ
  hand: Decoder; // for the one image under the hand
  batch(): Decoder; // for many at once, in a worker
  encode: ((image: Float32Array) => Promise<Encoded>) | null;
  tell: Tell;
  failed(error: unknown): void;
  caption: string; // the model's name and step: under every image
}

export interface View {
  element: HTMLElement;
  close?(): void;
}

/** The condition of each of n codes, for a decoder that takes one. */
export function conditions(scene: Scene, n: number): Float32Array | null {
  if (!scene.condition) return null;
  const k = scene.condition.length;
  const out = new Float32Array(n * k);
  for (let i = 0; i < n; i++) out.set(scene.condition, i * k);
  return out;
}
