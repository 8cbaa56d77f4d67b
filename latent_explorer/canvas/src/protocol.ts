/** The messages between Python and the browser; latent_explorer/canvas/__init__.py is the other side. */

export type Mode = "sliders" | "matrix" | "map" | "pad" | "path" | "draw" | "condition";

/** A property that a conditional model depends on, such as the class: its values in the order of the decoder's columns. */
export interface ConditionProperty {
  name: string;
  values: string[];
}

export interface Model {
  key: string;
  name: string;
  step: number;
  shape: [channels: number, height: number, width: number];
  latentDim: number;
  conditions: ConditionProperty[];
  betaRange: [low: number, high: number] | null;
  serverOnly: string | null; // the reason why the browser cannot decode with this model
}

/** The small message of every rerun. Models and points travel once, as packed bytes, and are named here by their keys. */
export interface SceneData {
  key: string;
  model: Model;
  encoder: boolean; // whether an encoder is sent
  points: string | null;
  modes: Mode[];
  z: number[] | null;
  condition: number[] | null;
  selection: string | null; // rows as in Report; an empty string clears the selection
  reach: number; // sliders go from −reach to reach, in prior σ
  fallback: number[] | null; // the image that the server decoded, where the browser cannot decode
}

/** The state that Python receives: after a gesture ends, not while the pointer moves. */
export interface Report {
  z: number[];
  condition: number[] | null;
  selection: string | null; // selected rows as a bit each, in base64
  viewport: [left: number, bottom: number, right: number, top: number] | null;
  failure: string | null; // the reason why the browser cannot decode
}

export type ReportState = <K extends keyof Report>(name: K, value: Report[K]) => void;
