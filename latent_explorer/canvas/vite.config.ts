import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { defineConfig } from "vitest/config";

/** The hash of all files that the bundle is built from. tests/test_canvas.py computes it again, to find a bundle that is not
 * up to date without installing npm. */
function sourceHash(): string {
  const sources = readdirSync("src", { recursive: true })
    .map((path) => `src/${String(path).replaceAll("\\", "/")}`)
    .filter((path) => /\.(ts|css)$/.test(path));
  const hash = createHash("sha256");
  for (const path of [...sources, "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts"].sort())
    hash.update(`${path}\0${readFileSync(path, "utf8").replaceAll("\r\n", "\n")}\0`);
  return hash.digest("hex");
}

export default defineConfig({
  plugins: [
    {
      name: "source-hash",
      generateBundle() {
        this.emitFile({ type: "asset", fileName: "source-hash.txt", source: `${sourceHash()}\n` });
      },
    },
  ],
  base: "./", // addresses are relative to the script: Streamlit chooses where it serves the folder
  build: {
    target: "es2022",
    modulePreload: false,
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rollupOptions: {
      input: "src/index.ts",
      preserveEntrySignatures: "strict", // Streamlit calls the default export
      output: {
        entryFileNames: "index-[hash].js", // the server sends no revision, so a changed file needs a new name
        chunkFileNames: "[name]-[hash].js",
        assetFileNames: "[name]-[hash][extname]",
      },
    },
  },
  worker: {
    format: "es",
    rollupOptions: { output: { entryFileNames: "worker-[hash].js", assetFileNames: "[name]-[hash][extname]" } },
  },
});
