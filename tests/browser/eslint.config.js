import js from '@eslint/js';
import ts from 'typescript-eslint';

export default ts.config(js.configs.recommended, ...ts.configs.strict, {
  rules: {
    // TypeScript knows what is defined.
    'no-undef': 'off',
    '@typescript-eslint/consistent-type-imports': 'error',
  },
});
