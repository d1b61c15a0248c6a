// Unit tests run in plain node: what they test touches no page.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

export default defineConfig({ plugins: [svelte()], test: { include: ['src/**/*.test.ts'] } });
