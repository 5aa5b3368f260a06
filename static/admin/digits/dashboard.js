/* The dashboard's chart. The figures come with the page, and stand in its table as well. */

import { dayChart } from "./charts.js";

const figures = document.getElementById("day-figures");

if (figures) {
  const { days, drawings, corrections } = JSON.parse(figures.textContent);
  dayChart(document.getElementById("day-chart"), days, [
    { label: "drawings", colourName: "--d-accent", values: drawings },
    { label: "corrections", colourName: "--d-second", values: corrections },
  ]);
}
