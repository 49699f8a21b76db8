"""The walk through a user's folders, ahead of whoever reads the files, so that a progress bar knows how many come."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from ltme_clinic.recordings.folders import FoundFile, LeftAside, walk_c3d_files
from ltme_clinic.types import LtmeError

_Item = FoundFile | LeftAside | LtmeError


class Walk:
    """Walks in a thread of its own; iterating gives what it finds as soon as it is found. To be iterated once."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._found = 0
        self._ended = False
        self._progressed = threading.Condition()
        self._items: queue.SimpleQueue[_Item | BaseException | None] = queue.SimpleQueue()
        threading.Thread(target=self._walk, args=(list(paths),), daemon=True).start()

    @property
    def files_found(self) -> int:
        """How many files have been found so far: it grows while the walk goes on."""
        return self._found

    def reaches(self, files: int) -> bool:
        """Whether there are at least so many files; waits until that is known."""
        with self._progressed:
            self._progressed.wait_for(lambda: self._found >= files or self._ended)
            return self._found >= files

    def __iter__(self) -> Iterator[_Item]:
        while (item := self._items.get()) is not None:
            if isinstance(item, LtmeError) or not isinstance(item, BaseException):
                yield item
            else:
                raise item

    def _walk(self, paths: list[Path]) -> None:
        try:
            for item in walk_c3d_files(paths):
                self._items.put(item)
                if isinstance(item, FoundFile):
                    with self._progressed:
                        self._found += 1
                        self._progressed.notify_all()
        except BaseException as error:  # whoever iterates is told
            self._items.put(error)
        finally:
            with self._progressed:
                self._ended = True
                self._progressed.notify_all()
            self._items.put(None)
