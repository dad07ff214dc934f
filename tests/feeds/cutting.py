"""A proxy on loopback that passes connections on and cuts them where a test says."""

import contextlib
import socket
import threading
from collections.abc import Iterator, Sequence


class Cutting:
    """`cuts`: after how many bytes from the server each connection is cut, in their order; later ones are not cut.

    `passed` counts the bytes that came from the server, for each connection.
    """

    def __init__(self, port: int, cuts: Sequence[int]) -> None:
        self._target, self._cuts = port, list(cuts)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.passed: list[int] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes who waits for the next one
        self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                place = len(self.passed)
                self.passed.append(0)
                left = self._cuts[place] if place < len(self._cuts) else None
                server = socket.create_connection(("127.0.0.1", self._target))
                threading.Thread(target=_pump, args=(client, server), daemon=True).start()
                threading.Thread(target=self._back, args=(place, server, client, left), daemon=True).start()

    def _back(self, place: int, server: socket.socket, client: socket.socket, left: int | None) -> None:
        with contextlib.suppress(OSError), server, client:
            while chunk := server.recv(1 << 15):
                chunk = chunk if left is None else chunk[: left - self.passed[place]]
                client.sendall(chunk)
                self.passed[place] += len(chunk)
                if left is not None and self.passed[place] >= left:
                    break
            for end in (client, server):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while chunk := source.recv(1 << 15):
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def cutting(port: int, cuts: Sequence[int]) -> Iterator[Cutting]:
    """A proxy before the server on that port."""
    proxy = Cutting(port, cuts)
    try:
        yield proxy
    finally:
        proxy.close()
