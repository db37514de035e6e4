export { default } from '../agent/eslint.config.js';
