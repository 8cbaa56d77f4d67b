/** The last code and condition of each canvas, kept while the browser tab is open: a page that is opened again continues there. */

export interface SceneMemory {
  z: Float32Array;
  condition: Float32Array | null;
  lastSet: string; // the code that Python set last, as JSON: only a different one moves the scene again
}

const memories = new Map<string, SceneMemory>();

export const loadScene = (key: string): SceneMemory | undefined => memories.get(key);
export const saveScene = (key: string, memory: SceneMemory): void => void memories.set(key, memory);
