import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

/** Where `npm run dev` finds a running sandbox server. */
const SANDBOX_SERVER = process.env.CHARLA_SANDBOX_DEV ?? 'http://127.0.0.1:4411';

export default defineConfig({
  base: '/',
  plugins: [svelte()],
  build: {
    target: 'es2023',
    // The page's Content-Security-Policy allows nothing inline, so no file may become a data: URL.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { host: '127.0.0.1', proxy: { '/control': SANDBOX_SERVER } },
  // Vitest resolves packages for the server unless told that we test the browser's build.
  resolve: process.env.VITEST ? { conditions: ['browser', 'module', 'development'] } : {},
  test: { environment: 'happy-dom', include: ['src/**/*.test.ts'] },
});
