import { resolve } from 'node:path'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

// Three documents: the console; the citizen's page and the test phone, which load neither Element Plus nor the router.
export default defineConfig({
  plugins: [vue()],
  define: { global: 'globalThis' }, // JsSIP's `events` and `debug` are CommonJS from Node's world
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // the content policy allows no inline script or style
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: Object.fromEntries(['index', 'testphone', 'citizen'].map((name) => [name, resolve(import.meta.dirname, `${name}.html`)])),
    },
  },
  server: { proxy: { '/api': { target: 'http://127.0.0.1:8080', ws: true } } },
})
