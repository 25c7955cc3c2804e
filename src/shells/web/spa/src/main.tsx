import "@mantine/core/styles.css";
import "./style/tokens.css";
import "./style/layout.css";

import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { queries } from "./api/queries";
import { App } from "./app";
import { Notices } from "./shell/notices";
import { theme } from "./style/theme";

// Mantine would write its variables into <style> elements, which our policy refuses; tokens.css has them.
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
      <QueryClientProvider client={queries}>
        <Notices>
          <App />
        </Notices>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
