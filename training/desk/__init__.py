"""The cards of the dashboard: each module makes one of the kept figures ready for a template and a chart.

Left out on purpose: who may see which, which `training.dashboard` says, and the counting itself."""
