import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";
import "../../../vanguard/workbench/static/workbench/tokens.css";
import "./portal.css";
import { App } from "./app.tsx";
import { queries } from "./data.ts";
import { SessionProvider } from "./session.tsx";

const root = document.getElementById("app");
if (root === null) throw new Error("The page has no place for the application.");
createRoot(root).render(
    <StrictMode>
        <QueryClientProvider client={queries}>
            <BrowserRouter>
                <SessionProvider>
                    <App />
                </SessionProvider>
            </BrowserRouter>
        </QueryClientProvider>
    </StrictMode>,
);
