"""Figure 1: the rules of the workflow, and which needs the results of which."""

import re
from pathlib import Path

import networkx as nx
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path as Curve

from sr_fingerprints.figures.layered_layout import Layout, layered_layout
from sr_fingerprints.figures.style import PAGE_WIDTH, PALETTE, in_house_style, new_figure, save_figure, shade
from sr_fingerprints.runtime.errors import InputError

STAGES = {
    "photos and weights": ("prepare", "check", "downscale", "interpolate", "download", "copy"),
    "training": ("train",),
    "super-resolution": ("generate",),
    "measurement, attribution": ("measure", "compare", "extract", "attribute", "apply", "separate"),
    "tables, figures, report": ("tabulate", "plot", "write"),
}
"""What the rules are coloured by: the verb that their name begins with."""

TARGET = "all"
PRINTED = {"sr": "SR", "prnu": "PRNU", "tsne": "t-SNE"}
BOX_WIDTH, BOX_HEIGHT = 1.0, 0.46  # inches
LAYER_HEIGHT = 0.84  # inches, from one layer of boxes to the next
MARGIN, LEGEND_HEIGHT = 0.05, 0.35  # inches
LINE = 14  # characters of a label in one line
ARROW = "#8a8a8a"


def parse_rulegraph(dot: str) -> nx.DiGraph:
    """The graph that ``snakemake --rulegraph`` prints: nodes are rules, edges go from a rule to who uses its results.

    A rule that uses results of its own has an edge to itself. Raises `InputError` when there is no rule in it.
    """
    names = dict(re.findall(r'^\s*(\d+)\s*\[label\s*=\s*"(\w+)"', dot, re.MULTILINE))
    edges = re.findall(r"^\s*(\d+)\s*->\s*(\d+)", dot, re.MULTILINE)
    if not names:
        raise InputError(f"rule graph: found {dot[:40]!r}; expected what `snakemake --rulegraph` prints")
    graph = nx.DiGraph()
    graph.add_nodes_from(sorted(names.values()))
    graph.add_edges_from(sorted((names[tail], names[head]) for tail, head in edges))
    return graph


def simplified(graph: nx.DiGraph) -> nx.DiGraph:
    """``graph`` without the rule that asks for every result, loops, and edges that longer ways imply."""
    kept = graph.copy()
    kept.remove_nodes_from([TARGET])
    kept.remove_edges_from(list(nx.selfloop_edges(kept)))
    reduced = nx.transitive_reduction(kept)
    result = nx.DiGraph()
    result.add_nodes_from(kept)
    result.add_edges_from(edge for edge in kept.edges if edge in reduced.edges)
    return result


@in_house_style
def plot_overview(rulegraph_dot: str, pdf: str | Path, png: str | Path) -> None:
    """Draw the rules as boxes in layers, every arrow downward, coloured by their verb.

    ``rulegraph_dot`` is what ``snakemake --rulegraph`` prints. The rule ``all`` is left out, and so are arrows
    that the others imply (the transitive reduction).
    """
    graph = parse_rulegraph(rulegraph_dot)
    layout = layered_layout(simplified(graph))
    axes = _canvas(layout)
    for route in layout.routes.values():
        axes.add_patch(_arrow(route))
    for rule, (x, layer) in layout.nodes.items():
        _draw_box(axes, rule, x, layer)
        if graph.has_edge(rule, rule):
            _draw_loop(axes, x, layer)
    _draw_legend(axes, {stage_of(rule) for rule in layout.nodes})
    save_figure(axes.figure, pdf, png)


def stage_of(rule: str) -> str:
    """The stage whose verb the rule's name begins with; ``other`` if there is none."""
    verb = rule.partition("_")[0]
    return next((stage for stage, verbs in STAGES.items() if verb in verbs), "other")


def label_of(rule: str) -> str:
    """The rule's name as words, in lines that fit a box."""
    lines = [""]
    for word in (PRINTED.get(word, word) for word in rule.split("_")):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > LINE:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)


def _canvas(layout: Layout) -> Axes:
    """Axes in inches, y upward, with (0, 0) at the centre of the upper left box."""
    places = [place for route in layout.routes.values() for place in route] + list(layout.nodes.values())
    left = (min(x for x, _ in places) - 0.5) * BOX_WIDTH
    right = (max(x for x, _ in places) + 0.5) * BOX_WIDTH
    bottom = -max(layer for _, layer in places) * LAYER_HEIGHT - BOX_HEIGHT / 2 - LEGEND_HEIGHT
    top = BOX_HEIGHT / 2
    width = max(right - left + 2 * MARGIN, PAGE_WIDTH)
    axes = new_figure(top - bottom + 2 * MARGIN, width).add_axes((0, 0, 1, 1))
    axes.set_xlim((left + right - width) / 2, (left + right + width) / 2)
    axes.set_ylim(bottom - MARGIN, top + MARGIN)
    axes.axis("off")
    return axes


def _draw_box(axes: Axes, rule: str, x: float, layer: int) -> None:
    color = _color(stage_of(rule))
    left, bottom = x * BOX_WIDTH - BOX_WIDTH / 2, -layer * LAYER_HEIGHT - BOX_HEIGHT / 2
    axes.add_patch(
        FancyBboxPatch(
            (left, bottom),
            BOX_WIDTH,
            BOX_HEIGHT,
            boxstyle="round,pad=0,rounding_size=0.08",
            facecolor=shade(color, 0.82),
            edgecolor=color,
            linewidth=1.1,
        )
    )
    axes.text(x * BOX_WIDTH, -layer * LAYER_HEIGHT, label_of(rule), ha="center", va="center", linespacing=1.1)


def _arrow(route: list[tuple[float, int]]) -> FancyArrowPatch:
    """A curve from below the first box to above the last one, upright wherever it passes a layer."""
    half = BOX_HEIGHT / 2
    (x, layer), *rest = route
    points, codes = [(x * BOX_WIDTH, -layer * LAYER_HEIGHT - half)], [Curve.MOVETO]
    for x, layer in rest:
        before = points[-1]
        above = (x * BOX_WIDTH, -layer * LAYER_HEIGHT + half)
        middle = (before[1] + above[1]) / 2
        points += [(before[0], middle), (above[0], middle), above]
        codes += [Curve.CURVE4] * 3
        if (x, layer) != rest[-1]:
            points.append((above[0], above[1] - 2 * half))
            codes.append(Curve.LINETO)
    return FancyArrowPatch(
        path=Curve(points, codes), arrowstyle="-|>,head_width=2,head_length=4", color=ARROW, linewidth=1.0, zorder=0
    )


def _draw_loop(axes: Axes, x: float, layer: int) -> None:
    right, y = x * BOX_WIDTH + BOX_WIDTH / 2, -layer * LAYER_HEIGHT
    reach = 0.15
    curve = Curve(
        [(right, y - 0.1), (right + reach, y - 0.1), (right + reach, y + 0.1), (right, y + 0.1)],
        [Curve.MOVETO] + [Curve.CURVE4] * 3,
    )
    axes.add_patch(FancyArrowPatch(path=curve, arrowstyle="-|>,head_width=2,head_length=4", color=ARROW))


def _draw_legend(axes: Axes, present: set[str]) -> None:
    stages = [stage for stage in [*STAGES, "other"] if stage in present]
    handles = [
        FancyBboxPatch((0, 0), 1, 1, facecolor=shade(_color(stage), 0.82), edgecolor=_color(stage))
        for stage in stages
    ]
    axes.legend(handles, stages, loc="lower center", ncols=len(stages), borderaxespad=0.2, handlelength=1.4)


def _color(stage: str) -> str:
    return dict(zip(STAGES, PALETTE, strict=False)).get(stage, PALETTE[-1])
