import { defineConfig, type Plugin } from "vite";
import { alias } from "../../vitest.config.ts";

/** Where the API is, if not on the portal's own origin: https://api.vanguardai.com (which then names the portal in CORS_ORIGINS). */
const api = process.env["PORTAL_API_URL"] ?? "";
const sources = api === "" ? "'self'" : `'self' ${api} ${api.replace(/^http/, "ws")}`;
/** Holds whoever serves the files. `frame-ancestors` works in a header only: the server sends it (docs/frontend.md). */
const POLICY = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src ${sources}`,
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
].join("; ");

/** Only in what is built: while developing, Vite itself writes styles into the page. */
const contentPolicy: Plugin = {
    name: "content-policy",
    apply: "build",
    transformIndexHtml: () => [{ tag: "meta", attrs: { "http-equiv": "Content-Security-Policy", content: POLICY }, injectTo: "head-prepend" }],
};

const server = process.env["API_SERVER"] ?? "http://127.0.0.1:8000";

export default defineConfig({
    root: import.meta.dirname,
    resolve: { alias },
    plugins: [contentPolicy],
    esbuild: { jsx: "automatic" },
    define: { __API_URL__: JSON.stringify(api) },
    server: { host: "127.0.0.1", port: 4200, proxy: { "/api": server, "/ws": { target: server.replace(/^http/, "ws"), ws: true } } },
    build: {
        outDir: process.env["PORTAL_OUT"] ?? "../../dist/apps/portal",
        emptyOutDir: true,
        target: "es2023",
        assetsInlineLimit: 0, // the policy lets in no data: addresses
        modulePreload: { polyfill: false },
        sourcemap: false,
        // Libraries mark what a server must not run ("use client"); here is no server, and nothing to be told of.
        rollupOptions: { onwarn: (warning, warn) => warning.code !== "MODULE_LEVEL_DIRECTIVE" && warn(warning) },
    },
});
