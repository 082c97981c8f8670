"""The tables of the paper: from predictions and measurements to numbers, and from numbers to CSV and LaTeX.

A module a table. Its first function computes a data frame at full precision, with accuracies in per cent; its
``tabulate_...`` reads the files, and writes what was computed.
"""
