import prettier from "eslint-config-prettier";
import importX, { createNodeResolver } from "eslint-plugin-import-x";
import tseslint from "typescript-eslint";

/**
 * Imports go one way: cli → transfer → models → graph → kernels; io is used by models and transfer, and knows none of the
 * five. The benchmark suite and the command line that runs it do not know each other. That imports make no circles is
 * checked by test/imports.test.ts: import-x/no-cycle passes over type-only imports.
 */
const layers = [
  {
    target: "./src/options",
    from: ["./src/kernels", "./src/graph", "./src/models", "./src/io", "./src/transfer", "./src/cli"],
  },
  {
    target: "./src/kernels",
    from: ["./src/graph", "./src/models", "./src/io", "./src/transfer", "./src/cli"],
  },
  { target: "./src/graph", from: ["./src/models", "./src/io", "./src/transfer", "./src/cli"] },
  { target: "./src/models", from: ["./src/transfer", "./src/cli"] },
  { target: "./src/transfer", from: ["./src/cli"] },
  { target: "./bench", from: ["./src/cli"] },
  {
    target: "./src/io",
    from: ["./src/kernels", "./src/graph", "./src/models", "./src/transfer", "./src/cli"],
  },
];

export default tseslint.config(
  { ignores: ["dist/", "docs/api/", "node_modules/", "bench/peers/", ".gpu/", "coverage/"] },
  {
    files: ["**/*.ts"],
    extends: [...tseslint.configs.recommendedTypeChecked],
    plugins: { "import-x": importX },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "@typescript-eslint/require-await": "off",
      "@typescript-eslint/restrict-template-expressions": "off",
      "import-x/no-restricted-paths": ["error", { zones: layers, basePath: import.meta.dirname }],
    },
    settings: {
      // TypeScript's own mapping: the specifier "./x.js" means the file x.ts.
      "import-x/resolver-next": [createNodeResolver({ extensionAlias: { ".js": [".ts", ".js"] } })],
      "import-x/extensions": [".ts"],
    },
  },
  prettier,
);
