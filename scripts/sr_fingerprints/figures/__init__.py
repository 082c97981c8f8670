"""The figures of the study, one module each; `style` has what they share."""
