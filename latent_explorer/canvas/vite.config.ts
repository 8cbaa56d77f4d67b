import { defineConfig } from "vitest/config";

export default defineConfig({
  base: "./", // every address is relative to the script's own: Streamlit decides where the folder is served
  build: {
    target: "es2022",
    modulePreload: false,
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rollupOptions: {
      input: "src/index.ts",
      preserveEntrySignatures: "strict", // Streamlit calls the default export
      output: {
        entryFileNames: "index-[hash].js", // the server sends no revision, so that a changed file needs a new name
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
