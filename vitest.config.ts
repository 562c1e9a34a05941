import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The libraries by their names, as tsconfig.json has them. */
export const alias = {
    "@vanguardai/shared/types": at("libs/shared/types/src/index.ts"),
    "@vanguardai/shared/utils": at("libs/shared/utils/src/index.ts"),
    "@vanguardai/shared/api-client": at("libs/shared/api-client/src/index.ts"),
};

const project = (name: string, root: string) => ({ resolve: { alias }, test: { name, root: at(root), include: ["src/**/*.test.ts"], pool: "threads" as const } });

export default defineConfig({
    test: {
        projects: [
            project("shared-utils", "libs/shared/utils"),
            project("shared-api-client", "libs/shared/api-client"),
            project("portal", "apps/portal"),
        ],
    },
});
