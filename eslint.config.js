import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig([
  globalIgnores(['node_modules', '.venv', '.jars', '.millrace', 'cdk.out']),
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      // The house: what runs knows neither the local runtime nor CDK, and a contract knows nothing above it.
      'no-restricted-imports': 'off',
    },
  },
  layer('lib/contracts', ['pipelines', 'warehouse', 'local', 'deployed', 'report', 'constructs']),
  layer('lib/pipelines', ['local', 'deployed', 'report', 'constructs']),
  layer('lib/warehouse', ['local', 'deployed', 'report', 'constructs', 'pipelines']),
  layer('lib/report', ['local', 'deployed', 'constructs']),
  layer('lib/cli', ['local', 'deployed', 'cost', 'report', 'constructs', 'warehouse']),
  layer('lib/local', ['deployed', 'cost', 'constructs', 'aws-cdk-lib']),
  // Loading the CDK takes seconds: only what makes templates does.
  layer('lib/deployed', ['local', 'cost', 'constructs', 'aws-cdk-lib']),
  // Costs are counted in templates: how they come about is the stacks' business.
  layer('lib/cost', ['local', 'deployed', 'constructs']),
  layer('lib/constructs', ['local', 'deployed']),
]);

/** Files of `folder` may not import from the `above` folders of lib/. */
function layer(folder, above) {
  const patterns = [{ group: above.map((name) => `**/${name}/**`), message: `${folder} does not import upward` }];
  return { files: [`${folder}/**/*.{ts,tsx}`], rules: { 'no-restricted-imports': ['error', { patterns }] } };
}
