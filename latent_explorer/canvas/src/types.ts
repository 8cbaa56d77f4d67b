/** What Python and the browser say to each other; latent_explorer/canvas/__init__.py is the other end. */

export type Mode = "sliders" | "matrix" | "map" | "pad" | "path" | "draw" | "condition";

/** Something that a conditional model is told, such as the class: its values in the order of the decoder's columns. */
export interface Property {
  name: string;
  values: string[];
}

export interface Model {
  key: string;
  name: string;
  step: number;
  shape: [channels: number, height: number, width: number];
  latentDim: number;
  conditions: Property[];
  betaRange: [low: number, high: number] | null;
  serverOnly: string | null; // why its decoder is none for a browser
}

/** The small part, sent on every run; models and points travel once, as packed bytes, under their keys. */
export interface SceneData {
  key: string;
  model: Model;
  encoder: boolean;
  points: string | null;
  modes: Mode[];
  z: number[] | null;
  condition: number[] | null;
  selection: string | null; // as a Report has it; empty: none
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
