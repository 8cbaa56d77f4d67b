/** What a scene is remembered by, so that changing the page and coming back finds it as it was left. */

export interface Memory {
  z: Float32Array;
  condition: Float32Array | null;
  given: string; // the last code that Python set: only another one moves the scene again
}

const memories = new Map<string, Memory>();

export const recall = (key: string): Memory | undefined => memories.get(key);
export const remember = (key: string, memory: Memory): void => void memories.set(key, memory);
