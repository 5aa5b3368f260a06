"""People who come to the site, each for a while: they open the page, draw, look again at each stroke, keep, correct.

They behave as the page's own scripts do: what was not acknowledged is sent again under the same key. Every promise of
the site is written down in a Ledger. Left out on purpose: when they come, which is `day.py`."""

import asyncio
import json
import uuid
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from benchmarks.load import wire

TIMEOUT_SECONDS = 20.0
RETRY_SECONDS = 1.0
# What a person does with a drawing that was stored
LABELS, DELETES, LOOKS = 0.12, 0.01, 0.1
DRAWINGS_A_VISIT = 9
STROKES_A_DRAWING = 2


@dataclass
class Ledger:
    """What the site has promised: drawings by id with the digit last said of each (or None), and what was deleted.

    `unsure` are drawings of which a deletion or a label was sent and never acknowledged."""

    kept: dict[int, int | None] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)
    unsure: set[int] = field(default_factory=set)
    counts: Counter = field(default_factory=Counter)
    milliseconds: list[float] = field(default_factory=list)
    versions: Counter = field(default_factory=Counter)
    keys: list[tuple[str, int]] = field(default_factory=list)


class Visit:
    """One person at one browser: cookies, a connection that is opened again when it breaks, and a random temper."""

    def __init__(self, address: tuple[str, int], ledger: Ledger, bodies: list[bytes], rng: np.random.Generator) -> None:
        self._address, self._ledger, self._bodies, self._rng = address, ledger, bodies, rng
        self._cookies: dict[str, str] = {}
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def run(self, *, deadline: float, pause_seconds: float) -> None:
        """Draw some digits, with pauses between them, and leave; no drawing is begun after the deadline."""
        loop = asyncio.get_running_loop()
        await self._until_answered("GET", "/", None, deadline)
        await self._until_answered("GET", "/api/v1/model", None, deadline)
        for _ in range(1 + self._rng.poisson(DRAWINGS_A_VISIT - 1)):
            if loop.time() > deadline:
                break
            await self._draw(deadline)
            await asyncio.sleep(float(self._rng.exponential(pause_seconds)))
        self._hang_up()

    async def _draw(self, deadline: float) -> None:
        body = self._bodies[int(self._rng.integers(len(self._bodies)))]
        for _ in range(self._rng.poisson(STROKES_A_DRAWING)):
            await self._try("POST", "/api/v1/recognitions", body)  # the page asks again only at the next stroke
        key = str(uuid.UUID(bytes=self._rng.bytes(16), version=4))
        began = asyncio.get_running_loop().time()
        answer = await self._until_answered("POST", "/api/v1/drawings", body, deadline + 60, {"Idempotency-Key": key})
        if answer is None or answer.status != 201:
            self._ledger.counts["given up" if answer is None else f"refused {answer.status}"] += 1
            return
        self._ledger.milliseconds.append((asyncio.get_running_loop().time() - began) * 1000)
        stored = json.loads(answer.body)
        self._ledger.kept[stored["id"]] = None
        self._ledger.versions[stored["model_version"]] += 1
        self._ledger.keys.append((key, stored["id"]))
        await self._afterwards(stored["id"], deadline)

    async def _afterwards(self, drawing: int, deadline: float) -> None:
        chance = self._rng.random()
        if chance < LABELS:
            await self._label(drawing, int(self._rng.integers(10)), deadline)
        elif chance < LABELS + DELETES:
            await self._delete(drawing, deadline)
        elif chance < LABELS + DELETES + LOOKS:
            await self._try("GET", "/drawings/", None)
            await self._try("GET", "/api/v1/drawings", None)

    async def _label(self, drawing: int, digit: int, deadline: float) -> None:
        body = json.dumps({"label": digit}).encode()
        answer = await self._until_answered("PUT", f"/api/v1/drawings/{drawing}/label", body, deadline + 60)
        if answer is not None and answer.status == 200:
            self._ledger.kept[drawing] = digit
            self._ledger.counts["labels"] += 1
        else:
            self._ledger.unsure.add(drawing)

    async def _delete(self, drawing: int, deadline: float) -> None:
        answer = await self._until_answered("DELETE", f"/api/v1/drawings/{drawing}", b"", deadline + 60)
        # 404: an earlier try had done it, and its answer was lost.
        if answer is not None and answer.status in (204, 404):
            del self._ledger.kept[drawing]
            self._ledger.deleted.add(drawing)
        else:
            self._ledger.unsure.add(drawing)

    async def _until_answered(
        self, method: str, path: str, body: bytes | None, deadline: float, headers: dict[str, str] | None = None
    ) -> wire.Answer | None:
        """Ask until there is an answer that is no failure of the site; None if there was none by the deadline."""
        loop = asyncio.get_running_loop()
        while True:
            answer = await self._try(method, path, body, headers)
            if answer is not None and answer.status < 500 and answer.status != 429:
                return answer
            if loop.time() > deadline:
                return None
            self._ledger.counts["sent again"] += 1
            await asyncio.sleep(RETRY_SECONDS)

    async def _try(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str] | None = None
    ) -> wire.Answer | None:
        host = f"{self._address[0]}:{self._address[1]}"
        data = wire.request(method, path, host, cookies=self._cookies, body=body, headers=headers)
        self._ledger.counts["requests"] += 1
        try:
            answer = await asyncio.wait_for(self._exchange(data), TIMEOUT_SECONDS)
        except (OSError, EOFError, TimeoutError, wire.ProtocolError):
            self._hang_up()
            self._ledger.counts["no answer"] += 1
            return None
        self._cookies |= answer.cookies()
        if answer.status >= 500:
            self._ledger.counts[f"status {answer.status}"] += 1
        return answer

    async def _exchange(self, data: bytes) -> wire.Answer:
        if self._streams is None:
            self._streams = await asyncio.open_connection(*self._address)
        reader, writer = self._streams
        writer.write(data)
        incoming = wire.Incoming()
        while chunk := await reader.read(65536):
            if answer := incoming.feed(chunk):
                if (answer.header("Connection") or "").lower() == "close":
                    self._hang_up()
                return answer
        raise EOFError("the connection was closed before the whole answer had come")

    def _hang_up(self) -> None:
        if self._streams:
            self._streams[1].close()
        self._streams = None
