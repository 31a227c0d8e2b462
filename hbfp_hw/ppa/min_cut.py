"""Smallest cut between the sources and the sinks of a directed graph, by Dinic's algorithm."""

from collections import deque
from collections.abc import Iterable

UNLIMITED = 1 << 40
"""Capacity of an edge that no cut may cross."""


class CutGraph:
    """Directed graph with capacities.

    Parameters:
        nodes: Number of nodes, which are named 0 to ``nodes`` - 1.
    """

    def __init__(self, nodes: int):
        self._source, self._sink = nodes, nodes + 1
        self._edges: list[list[int]] = [[] for _ in range(nodes + 2)]
        self._heads: list[int] = []
        self._room: list[int] = []

    def add_edge(self, tail: int, head: int, capacity: int, back: int = 0) -> None:
        """Add an edge, and the capacity of the opposite direction."""
        for start, end, room in ((tail, head, capacity), (head, tail, back)):
            self._edges[start].append(len(self._heads))
            self._heads.append(end)
            self._room.append(room)

    def smallest_cut(self, sources: Iterable[int], sinks: Iterable[int]) -> set[int]:
        """Return the nodes on the side of the sources in a cut of least capacity.

        If several cuts have the least capacity, it is the one with the fewest nodes on that side.

        Parameters:
            sources: Nodes that belong to that side.
            sinks: Nodes that belong to the other side.

        Raises:
            ValueError: Edges without limit lead from a source to a sink.
        """
        for node in sources:
            self.add_edge(self._source, node, UNLIMITED)
        for node in sinks:
            self.add_edge(node, self._sink, UNLIMITED)
        while True:
            levels = self._levels()
            if levels[self._sink] < 0:
                return {node for node in range(self._source) if levels[node] >= 0}
            self._block(levels)

    def _levels(self) -> list[int]:
        """Return the distance of each node from the source along edges with room, or -1."""
        levels = [-1] * len(self._edges)
        levels[self._source] = 0
        queue = deque([self._source])
        while queue:
            node = queue.popleft()
            for edge in self._edges[node]:
                head = self._heads[edge]
                if self._room[edge] and levels[head] < 0:
                    levels[head] = levels[node] + 1
                    queue.append(head)
        return levels

    def _block(self, levels: list[int]) -> None:
        """Push flow along shortest paths until none has room."""
        following = [0] * len(self._edges)
        path: list[int] = []
        node = self._source
        while True:
            if node == self._sink:
                flow = min(self._room[edge] for edge in path)
                if flow >= UNLIMITED // 2:
                    raise ValueError("No cut separates the sources from the sinks")
                for edge in path:
                    self._room[edge] -= flow
                    self._room[edge ^ 1] += flow
                full = next(k for k, edge in enumerate(path) if not self._room[edge])
                node = self._heads[path[full] ^ 1]
                del path[full:]
            edges = self._edges[node]
            while following[node] < len(edges):
                edge = edges[following[node]]
                if self._room[edge] and levels[self._heads[edge]] == levels[node] + 1:
                    break
                following[node] += 1
            else:
                if not path:
                    return
                levels[node] = -1
                node = self._heads[path.pop() ^ 1]
                continue
            path.append(edges[following[node]])
            node = self._heads[path[-1]]
