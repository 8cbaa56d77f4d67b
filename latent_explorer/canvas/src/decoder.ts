/** ONNX networks in this thread, by onnxruntime-web in WebAssembly. One thread: a Streamlit page is not cross-origin isolated. */

import * as ort from "onnxruntime-web/wasm";

ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";

export interface Decoder {
  /** Decodes n codes (n × D) to n images (n × C × H × W); ``condition`` (n × K) for models that take one. */
  decode(codes: Float32Array, n: number, condition?: Float32Array | null): Promise<Float32Array>;
  close(): void;
}

export interface Posterior {
  mean: Float32Array;
  std: Float32Array;
}

/** Runs requests one after the other, because an onnxruntime session does not allow overlapping runs. */
class SerialSession {
  private lastRun: Promise<unknown> = Promise.resolve();
  constructor(private readonly session: ort.InferenceSession) {}

  run(feeds: Record<string, ort.Tensor>): Promise<ort.InferenceSession.OnnxValueMapType> {
    const result = this.lastRun.then(() => this.session.run(feeds));
    this.lastRun = result.catch(() => undefined);
    return result;
  }

  close(): void {
    void this.lastRun.then(() => this.session.release());
  }
}

async function openSession(bytes: Uint8Array): Promise<SerialSession> {
  if (typeof WebAssembly === "undefined") throw new Error("this browser does not support WebAssembly");
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"], graphOptimizationLevel: "all" });
  return new SerialSession(session);
}

const toTensor = (values: Float32Array, shape: number[]) => new ort.Tensor("float32", values, shape);

export async function openDecoder(bytes: Uint8Array): Promise<Decoder> {
  const session = await openSession(bytes);
  return {
    async decode(codes, n, condition) {
      const feeds: Record<string, ort.Tensor> = { z: toTensor(codes, [n, codes.length / n]) };
      if (condition) feeds.condition = toTensor(condition, [n, condition.length / n]);
      return (await session.run(feeds)).image.data as Float32Array;
    },
    close: () => session.close(),
  };
}

/** Opens an encoder of one image (C × H × W), with its condition where the model takes one. */
export async function openEncoder(
  bytes: Uint8Array,
  shape: number[],
): Promise<(image: Float32Array, condition: Float32Array | null) => Promise<Posterior>> {
  const session = await openSession(bytes);
  return async (image, condition) => {
    const feeds: Record<string, ort.Tensor> = { image: toTensor(image, [1, ...shape]) };
    if (condition) feeds.condition = toTensor(condition, [1, condition.length]);
    const { mean, std } = await session.run(feeds);
    return { mean: mean.data as Float32Array, std: std.data as Float32Array };
  };
}
