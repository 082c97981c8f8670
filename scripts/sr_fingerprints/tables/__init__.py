"""Tables of the paper: computed from predictions and measurements, written as CSV and LaTeX.

One module per table. Its first function computes a data frame at full precision, with accuracies in per cent; its
``tabulate_...`` function reads the input files and writes the table.
"""
