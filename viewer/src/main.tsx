import { createRoot } from "react-dom/client";
import { App } from "./App.tsx";
import { Mishap } from "./Mishap.tsx";
import "./style.css";

createRoot(document.getElementById("root")!).render(
  <Mishap>
    <App />
  </Mishap>,
);
