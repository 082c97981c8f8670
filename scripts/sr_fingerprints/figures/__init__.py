"""Figures of the study, one module per figure; `style` has the shared theme and helpers."""
