export { default } from '../agent/svelte.config.js';
