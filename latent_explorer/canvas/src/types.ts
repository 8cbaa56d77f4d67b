/** What Python and the browser say to each other; latent_explorer/canvas/__init__.py is the other end. */

export type Mode = "sliders" | "matrix" | "map" | "pad" | "path" | "draw" | "condition";

export interface Model {
  key: string;
  name: string;
  step: number;
  shape: [channels: number, height: number, width: number];
  latentDim: number;
  conditions: string[];
}

/** The small part, sent on every run; models and points travel once, as packed bytes, under their keys. */
export interface SceneData {
  key: string;
  model: Model;
  encoder: boolean;
  points: string | null;
  modes: Mode[];
  z: number[] | null;
  reach: number;
  fallback: number[] | null;
}

/** What Python receives, each on release only. */
export interface Report {
  z: number[];
  condition: number[] | null;
  selection: string | null;
  viewport: [left: number, bottom: number, right: number, top: number] | null;
  failure: string | null;
}

export type Tell = <K extends keyof Report>(name: K, value: Report[K]) => void;
