import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const server = process.env.CHARLA_DEV_SERVER ?? 'http://127.0.0.1:8080';

/** The content security policy allows no `style` attributes: what bits-ui writes as such is set by script. */
const styleByScript: Plugin = {
  name: 'style-by-script',
  enforce: 'pre',
  transform(code, id) {
    if (!id.includes('/bits-ui/') || !id.endsWith('.svelte')) return undefined;
    return code.replaceAll('style="display: contents;"', "style:display={'contents'}");
  },
};

export default defineConfig({
  base: '/',
  plugins: [styleByScript, svelte()],
  resolve: {
    alias: { $lib: fileURLToPath(new URL('./src/lib', import.meta.url)) },
    // Vitest resolves packages for the server unless told that we test the browser's build.
    ...(process.env.VITEST ? { conditions: ['browser', 'module', 'development'] } : {}),
  },
  build: {
    target: 'es2023',
    // The content security policy allows no data: URLs for fonts and scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    // How long its plugins take is for whoever makes the build faster.
    rolldownOptions: { checks: { bundlerTimings: false } },
  },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/api': { target: server },
      '/live': { target: server, ws: true },
    },
  },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.ts'],
  },
});
