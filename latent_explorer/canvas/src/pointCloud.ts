/** Draws up to a million points with WebGL 2: two buffers, one program. A scatter-plot library would add 225 KB and gestures of
 * its own without touch; this draws only what the map needs, and the map owns the camera. */

import type { Camera } from "./maths/camera";

const VERTEX = `#version 300 es
in vec2 place; in vec4 colour; uniform vec4 view; uniform float size; out vec4 tint;
void main() { gl_Position = vec4((place - view.xy) * view.zw, 0.0, 1.0); gl_PointSize = size; tint = colour; }`;

const FRAGMENT = `#version 300 es
precision mediump float; in vec4 tint; out vec4 result;
void main() {
  float edge = 1.0 - smoothstep(0.35, 0.5, length(gl_PointCoord - 0.5));
  float a = tint.a * edge; result = vec4(tint.rgb * a, a);
}`;

export class PointCloud {
  private readonly gl: WebGL2RenderingContext;
  private readonly program: WebGLProgram;
  private readonly colours: WebGLBuffer;

  constructor(
    readonly canvas: HTMLCanvasElement,
    xy: Float32Array,
  ) {
    const gl = canvas.getContext("webgl2", { antialias: false, powerPreference: "high-performance" });
    if (!gl) throw new Error("this browser has no WebGL 2, so the map shows no points");
    this.gl = gl;
    this.program = gl.createProgram();
    for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]] as const) {
      const shader = gl.createShader(kind)!;
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(this.program, shader);
    }
    gl.bindAttribLocation(this.program, 0, "place");
    gl.bindAttribLocation(this.program, 1, "colour");
    gl.linkProgram(this.program);
    this.attribute(0, gl.createBuffer(), xy, 2, gl.FLOAT);
    this.colours = gl.createBuffer();
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  /** Sets the colour of every point: RGBA, a byte each. */
  setColours(rgba: Uint8Array): void {
    this.attribute(1, this.colours, rgba, 4, this.gl.UNSIGNED_BYTE);
  }

  draw(camera: Camera, n: number, size: number): void {
    const { gl, canvas } = this;
    const ratio = devicePixelRatio;
    const [width, height] = [Math.round(camera.width * ratio), Math.round(camera.height * ratio)];
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    gl.viewport(0, 0, width, height);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.useProgram(this.program);
    const { x, y, scale } = camera;
    gl.uniform4f(this.uniform("view"), x, y, (2 * scale) / camera.width, (2 * scale) / camera.height);
    gl.uniform1f(this.uniform("size"), size * ratio);
    gl.drawArrays(gl.POINTS, 0, n);
  }

  /** Frees the WebGL context: browsers limit their number per page. */
  close(): void {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }

  private uniform(name: string): WebGLUniformLocation | null {
    return this.gl.getUniformLocation(this.program, name);
  }

  private attribute(slot: number, buffer: WebGLBuffer, values: Float32Array | Uint8Array, parts: number, type: number): void {
    const { gl } = this;
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.STATIC_DRAW);
    gl.enableVertexAttribArray(slot);
    gl.vertexAttribPointer(slot, parts, type, type === gl.UNSIGNED_BYTE, 0, 0);
  }
}

/** The diameter of a point in CSS pixels: smaller for many points, larger when zoomed in. */
export function pointSize(n: number, magnification: number): number {
  const base = n <= 3000 ? 6 : n <= 20000 ? 4 : n <= 200000 ? 2.6 : 1.6;
  return Math.min(12, base * Math.max(1, Math.sqrt(magnification)));
}
