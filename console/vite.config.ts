/** How the console is built: flat, content-hashed files that work below any stage path. */
import { defineConfig } from 'vitest/config';

/** `assets/<name>.<hash>.<ext>`, whatever it is. */
const names = {
  entryFileNames: 'assets/[name].[hash].js',
  chunkFileNames: 'assets/[name].[hash].js',
  assetFileNames: 'assets/[name].[hash][extname]',
  hashCharacters: 'hex' as const,
};

const BACKEND = process.env['WEFT_ENDPOINT'] ?? 'http://localhost:8080';

export default defineConfig({
  base: '/console/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../chalicelib/console_files',
    emptyOutDir: true,
    assetsDir: 'assets',
    target: 'es2022',
    // Strict Content-Security-Policy: nothing is inlined as a data: address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 400,
    rolldownOptions: { output: names },
  },
  worker: { format: 'es', rolldownOptions: { output: names } },
  experimental: {
    // The page is `…/console`, without a slash at its end, so its files are `console/assets/…` as seen from it.
    renderBuiltUrl: (filename, { hostType }) => (hostType === 'html' ? `console/${filename}` : { relative: true }),
  },
  server: {
    port: 5173,
    proxy: {
      '/api': BACKEND,
      '/console/config.json': BACKEND,
      '/ws': { target: BACKEND, ws: true },
    },
  },
  test: {
    include: ['tests/**/*.test.{ts,tsx}'],
    environment: 'happy-dom',
    restoreMocks: true,
    testTimeout: 60_000,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.{ts,tsx}'],
      reporter: ['text-summary', 'text'],
    },
  },
});
