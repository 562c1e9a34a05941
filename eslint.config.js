import hooks from "eslint-plugin-react-hooks";
import ts from "typescript-eslint";

export default ts.config(
    { ignores: ["dist/", "**/dist/", "node_modules/", ".venv/", "libs/shared/types/src/lib/api.ts", "libs/shared/types/generate.mjs", "**/vite.config.ts"] },
    ...ts.configs.strictTypeChecked,
    {
        files: ["**/*.{ts,tsx}"],
        languageOptions: { parserOptions: { project: ["./tsconfig.json", "./apps/portal/tsconfig.json"], tsconfigRootDir: import.meta.dirname } },
        rules: {
            "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
            "@typescript-eslint/no-confusing-void-expression": "off",
            "@typescript-eslint/switch-exhaustiveness-check": "error",
            eqeqeq: "error",
        },
    },
    { files: ["apps/portal/**/*.tsx"], plugins: { "react-hooks": hooks }, rules: hooks.configs.recommended.rules },
    { files: ["**/*.test.ts"], rules: { "@typescript-eslint/no-non-null-assertion": "off" } },
);
