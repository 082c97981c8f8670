"""Drawing a directed acyclic graph in layers, every edge downward (the method of Sugiyama et al. 1981).

Nodes are put into layers; edges that span several layers get a place in each layer between, so that they pass
beside the boxes and not through them, and the edges of one node share it; the order within a layer is that of the
barycentres of the neighbours; last, every node moves as near to its neighbours as those beside it let it.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count, pairwise
from typing import NamedTuple

import networkx as nx
import numpy as np

Node = Hashable
Rows = list[list[Node]]

STARTS, ORDER_SWEEPS, PLACE_SWEEPS = 20, 8, 40
BOX, BEND = 1.0, 0.3
"""Widths kept free, in boxes: for a node, and for an edge that passes its layer."""
GAP = 0.18
NEGLIGIBLE = 1e-6
WIDEST = 6
"""Nodes in a layer at most; more would make the drawing wider than a page."""


class Bend(NamedTuple):
    """Where edges from one node pass a layer."""

    tail: Node
    layer: int


@dataclass(frozen=True)
class Layout:
    """Places (x, layer): x of a centre in widths of a box, rightward; layer a whole number, downward."""

    nodes: dict[Node, tuple[float, int]]
    routes: dict[tuple[Node, Node], list[tuple[float, int]]]  # of each edge: its two ends and the bends between


def layered_layout(graph: nx.DiGraph) -> Layout:
    """Place the nodes and edges of an acyclic ``graph``.

    Deterministic for the same order of nodes and edges. Raises networkx.NetworkXUnfeasible for a cycle.
    """
    layer = assign_layers(graph)
    chains = {(tail, head): _chain(tail, head, layer) for tail, head in graph.edges}
    places = nx.DiGraph()
    places.add_nodes_from(graph)
    for chain in chains.values():
        nx.add_path(places, chain)
    layer |= {bend: bend.layer for chain in chains.values() for bend in chain[1:-1]}
    rows = [[place for place in places if layer[place] == i] for i in range(max(layer.values()) + 1)]
    x = _coordinates(_polished(min(_orders(rows, places), key=partial(_cost, places)), places), places)
    return Layout(
        nodes={node: (x[node], layer[node]) for node in graph},
        routes={edge: [(x[place], layer[place]) for place in chain] for edge, chain in chains.items()},
    )


def assign_layers(graph: nx.DiGraph) -> dict[Node, int]:
    """The layer of each node: below all that it needs, as high as there is room.

    Where a layer has no room for all, those with the longest way to go come first. A node that needs nothing goes
    right above who needs it first, or if there is none to the bottom.
    """
    height = {}
    for node in reversed(list(nx.topological_sort(graph))):
        height[node] = max((height[head] + 1 for head in graph.successors(node)), default=0)
    layer, room = {}, defaultdict(lambda: WIDEST)
    for generation in nx.topological_generations(graph):
        for node in sorted(generation, key=height.get, reverse=True):
            lowest = max((layer[tail] for tail in graph.predecessors(node)), default=-1)
            layer[node] = next(i for i in count(lowest + 1) if room[i])
            room[layer[node]] -= 1
    last = max(layer.values())
    for node in graph:
        if not graph.in_degree(node):
            layer[node] = min((layer[head] for head in graph.successors(node)), default=last + 1) - 1
    return layer


def crossings(rows: Rows, places: nx.DiGraph) -> int:
    """How many pairs of edges between neighbouring layers cross."""
    number = 0
    for upper, lower in pairwise(rows):
        position = {place: i for i, place in enumerate(lower)}
        heads = [sorted(position[head] for head in places.successors(tail)) for tail in upper]
        ends = [end for of_one in heads for end in of_one]
        number += sum(left > right for i, left in enumerate(ends) for right in ends[i + 1 :])
    return number


def _chain(tail: Node, head: Node, layer: Mapping[Node, int]) -> list[Node]:
    return [tail, *(Bend(tail, i) for i in range(layer[tail] + 1, layer[head])), head]


def _orders(rows: Rows, places: nx.DiGraph) -> Iterator[Rows]:
    """Orders of the rows with few crossings: the best that sweeps from each of several random orders come by."""
    random = np.random.default_rng(0)
    for _ in range(STARTS):
        orders = [[[row[i] for i in random.permutation(len(row))] for row in rows]]
        for sweep in range(ORDER_SWEEPS):
            orders.append(_swept(orders[-1], places, down=sweep % 2 == 0))
        yield min(orders, key=lambda order: crossings(order, places))


def _polished(rows: Rows, places: nx.DiGraph) -> Rows:
    """``rows`` after exchanges of neighbours, as long as one makes the drawing better."""
    cost = _cost(places, rows)
    for i, row in enumerate(rows):
        for j in range(len(row) - 1):
            exchanged = [*row[:j], row[j + 1], row[j], *row[j + 2 :]]
            other = [*rows[:i], exchanged, *rows[i + 1 :]]
            if _cost(places, other) < cost:
                return _polished(other, places)
    return rows


def _cost(places: nx.DiGraph, rows: Rows) -> tuple[int, float]:
    """What makes a drawing worse: first crossings, then the way that edges go sideways."""
    x = _coordinates(rows, places)
    return crossings(rows, places), round(sum(abs(x[tail] - x[head]) for tail, head in places.edges), 3)


def _swept(rows: Rows, places: nx.DiGraph, down: bool) -> Rows:
    """Each row sorted by the barycentres of its neighbours in the row above (``down``) or below."""
    rows = list(rows)
    neighbours = places.predecessors if down else places.successors
    for i in range(1, len(rows)) if down else range(len(rows) - 2, -1, -1):
        beside = {place: j for j, place in enumerate(rows[i - 1 if down else i + 1])}
        own = {place: j for j, place in enumerate(rows[i])}
        center = {place: _mean([beside[other] for other in neighbours(place)], own[place]) for place in rows[i]}
        rows[i] = sorted(rows[i], key=center.get)
    return rows


def _coordinates(rows: Rows, places: nx.DiGraph) -> dict[Node, float]:
    """x of every place, with the rows in this order and the widths kept free.

    Descent, a row at a time, on the sum of squares of the way that edges go sideways.
    """
    width = {place: BEND if isinstance(place, Bend) else BOX for place in places}
    x = {place: i - len(row) / 2 for row in rows for i, place in enumerate(row)}
    for sweep in range(PLACE_SWEEPS):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            middle = _mean([x[place] for place in row], 0.0)
            wanted = [_mean([x[other] for other in nx.all_neighbors(places, place)], middle) for place in row]
            apart = [(width[left] + width[right]) / 2 + GAP for left, right in pairwise(row)]
            weights = [places.degree(place) or NEGLIGIBLE for place in row]
            x.update(zip(row, spread(wanted, apart, weights), strict=True))
    left = min(x.values())
    return {place: value - left for place, value in x.items()}


def spread(wanted: list[float], apart: list[float], weights: list[float]) -> list[float]:
    """The ascending numbers nearest to ``wanted`` (weighted least squares), neighbours at least ``apart``.

    Less the distances this is an isotonic regression, solved by pooling adjacent violators.
    """
    offsets = [sum(apart[:i]) for i in range(len(wanted))]
    pools: list[tuple[float, float, int]] = []  # mean, weight, size
    for value, offset, weight in zip(wanted, offsets, weights, strict=True):
        mean, total, size = value - offset, weight, 1
        while pools and pools[-1][0] >= mean:
            before, before_weight, before_size = pools.pop()
            mean = (mean * total + before * before_weight) / (total + before_weight)
            total, size = total + before_weight, size + before_size
        pools.append((mean, total, size))
    means = [mean for mean, _, size in pools for _ in range(size)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]


def _mean(values: list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
