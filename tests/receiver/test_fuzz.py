"""Whatever comes on one connection, the notifications on others are recorded: once each, whole, in order.

FUZZ_EXAMPLES=2000 tries more than the few fixed examples of every run, and others each time.
"""

import asyncio
import gzip
import itertools
import os
import ssl
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from conformance.receiver import Answer, Limits, Receiver, Seen
from tests.receiver.support import PATIENCE, open_site, receiver, trusting

GOOD, BAD = "good", "bad"
LIMITS = Limits(body_kept=4096, body_read=50_000, headers=30, header_bytes=8192, request_seconds=30)
SHORT = Limits(request_seconds=0.05, handshake_seconds=0.05)
fuzzed = settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "25")),
    derandomize="FUZZ_EXAMPLES" not in os.environ,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
Attack = Callable[[], Coroutine[Any, Any, Any]]


class Stage:
    """A receiver, and a provider that keeps to the rules and notifies it before, beside and after what is bad."""

    def __init__(self, runner: asyncio.Runner, listening: Receiver) -> None:
        self.listening = listening
        self._runner = runner
        self._numbers = itertools.count()
        self._kept: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    def survives(self, attack: Attack, records: int = 0) -> list[Seen]:
        """Carries it out beside notifications; returns what was recorded of it, at least so many arrivals."""
        return self._runner.run(self._survives(attack, records))

    async def _survives(self, attack: Attack, records: int) -> list[Seen]:
        before = len(self.listening.arrivals)
        async with asyncio.timeout(20):
            sent = [await self._notify()]
            attacking = asyncio.create_task(attack())
            sent.append(await self._notify())
            await attacking
            sent += [await self._notify(), await self._notify(anew=True)]
            enough = before + len(sent) + records
            assert await self.listening._journal.wait_for(
                lambda: len(self.listening.arrivals) >= enough, PATIENCE
            )
        new = self.listening.arrivals[before:]
        good = [seen for seen in new if seen.key == GOOD]
        assert [(s.body.text, s.endpoint, s.answer, s.problem) for s in good] == [
            (f"logout_token={number}", "backchannel", 200, "") for number in sent
        ]
        return [seen for seen in new if seen.key != GOOD]

    async def _notify(self, *, anew: bool = False) -> int:
        """One notification, on a connection that is kept or on one of its own; waits for the 200."""
        number = next(self._numbers)
        if self._kept is None:
            trust = trusting(self.listening)
            port = self.listening.port
            self._kept = await asyncio.open_connection("localhost", port, ssl=trust)
        reader, writer = await self.connect() if anew else self._kept
        writer.write(post(f"logout_token={number}".encode(), key=GOOD))
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
        if anew:
            writer.close()
        return number

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.listening.plain_port)

    async def talk(self, *pieces: bytes) -> bytes:
        """Raw bytes over TCP, a turn of the loop after each piece; then reads to the end of the answer."""
        reader, writer = await self.connect()
        try:
            for piece in pieces:
                writer.write(piece)
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            writer.write_eof()
            return await reader.read()
        except (ConnectionError, OSError):  # closed with something unread in it
            return b""
        finally:
            writer.close()

    def close(self) -> None:
        if self._kept is not None:
            self._kept[1].transport.abort()


@contextmanager
def staged(limits: Limits) -> Iterator[Stage]:
    with ExitStack() as stack:
        runner = stack.enter_context(asyncio.Runner())
        listening = runner.run(receiver(limits=limits).__aenter__())
        stack.callback(lambda: runner.run(listening.__aexit__()))
        for key in (GOOD, BAD):
            open_site(listening, key, f"{key}.test")
        stage = Stage(runner, listening)
        stack.callback(stage.close)
        yield stage


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with staged(LIMITS) as stage:
        yield stage


def post(
    body: bytes, *headers: bytes, key: str = BAD, length: bool = True, host: bytes = b"localhost"
) -> bytes:
    """A back-channel Logout Request."""
    framing = [b"Content-Length: %d" % len(body)] if length else []
    lines = [b"POST /%s/backchannel-logout HTTP/1.1" % key.encode(), b"Host: " + host, *framing, *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def chunked(*sized: tuple[bytes, bytes]) -> bytes:
    return post(b"", b"Transfer-Encoding: chunked", length=False) + b"".join(
        size + b"\r\n" + data + b"\r\n" for size, data in sized
    )


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    at = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(at)]


CUTS = st.lists(st.integers(0, 10_000), max_size=12)
BODIES = st.binary(max_size=60) | st.sampled_from(
    [b"", b"logout_token=%FF%", b"\xff\xfe", b"\r\n\r\n", b"x" * 5000]
)


# Framing


@fuzzed
@given(BODIES, CUTS, st.booleans())
def test_a_request_is_the_same_however_it_is_cut(stage, body, cuts, in_chunks):
    request = post(body)
    if in_chunks:
        sized = [(b"%x" % len(part), part) for part in pieces(body, cuts) if part]
        request = chunked(*sized, (b"0", b""))
    [seen] = stage.survives(lambda: stage.talk(*pieces(request, cuts)), 1)
    assert (seen.key, seen.endpoint, seen.answer, seen.problem) == (BAD, "backchannel", 200, "")
    assert_kept(seen, body)


def assert_kept(seen: Seen, body: bytes) -> None:
    """The body, cut at the bound, readable whatever its bytes are."""
    kept = body[: LIMITS.body_kept]
    assert (seen.body.size, seen.body.truncated) == (len(body), len(body) > len(kept))
    try:
        assert (seen.body.text, seen.body.problem) == (kept.decode(), "")
    except UnicodeDecodeError:
        assert (seen.body.text, seen.body.problem) == (kept.decode("utf-8", "backslashreplace"), "not UTF-8")


@fuzzed
@given(st.lists(BODIES, min_size=1, max_size=6), CUTS, st.sampled_from([200, 503]))
def test_pipelined_requests_are_recorded_and_answered_in_order(stage, bodies, cuts, status):
    requests = b"".join(map(post, bodies))
    with answering(stage, Answer(status=status)):
        found = stage.survives(lambda: stage.talk(*pieces(requests, cuts)), len(bodies))
    assert [seen.body.size for seen in found] == [len(body) for body in bodies]
    assert {(seen.answer, seen.problem) for seen in found} == {(status, "")}


@contextmanager
def answering(stage: Stage, answer: Answer) -> Iterator[None]:
    stage.listening.script(BAD, "backchannel", answer)
    try:
        yield
    finally:
        stage.listening.script(BAD, "backchannel")


def test_pipelined_requests_are_recorded_though_the_first_is_not_answered(stage):
    with answering(stage, Answer(drop=True)):
        found = stage.survives(lambda: stage.talk(post(b"a") + post(b"b") + post(b"c")[:-1]), 3)
    assert [(seen.body.text, seen.answer, seen.problem) for seen in found[:2]] == [
        ("a", None, ""),
        ("b", None, ""),
    ]
    assert found[2].problem == "closed before the request was complete"


def test_pipelined_requests_behind_one_that_hangs_are_recorded_in_the_end():
    with staged(LIMITS) as stage:
        stage.listening.script(BAD, "backchannel", Answer(hang=True))
        stage.survives(lambda: said_and_left(stage, post(b"a") + post(b"b")), 1)
    found = stage.listening.seen(BAD)
    assert [(seen.body.text, seen.answer, seen.problem) for seen in found] == [
        ("a", None, ""),
        ("b", None, ""),
    ]


async def said_and_left(stage: Stage, said: bytes) -> None:
    _, writer = await stage.connect()
    writer.write(said)
    await writer.drain()
    writer.close()


def test_of_what_is_pipelined_without_end_a_part_is_told_apart(stage):
    with answering(stage, Answer(drop=True)):
        found = stage.survives(lambda: stage.talk(post(b"a") * 300), 102)
    assert [seen.body.text for seen in found[:101]] == ["a"] * 101
    assert len(found) == 102


@pytest.mark.parametrize("size", [b"-1", b"0x3", b"F" * 30, b"", b" ", b"g", b"\xff", b"1_0"])
def test_a_chunk_of_no_size_is_recorded_with_its_request(stage, size):
    [seen] = stage.survives(lambda: stage.talk(chunked((b"4", b"good"), (size, b"bad"))), 1)
    assert (seen.body.text, seen.body.problem, seen.answer) == ("good", "cut short", 400)
    assert seen.problem.startswith("malformed HTTP: ")


@pytest.mark.parametrize("length", [b"+3", b"3, 4", b"3.0", b"1e1", b"9" * 30, b"\xb2"])
def test_a_content_length_that_is_no_number_is_recorded_raw(stage, length):
    request = post(b"", b"Content-Length: " + length, length=False) + b"abc"
    [seen] = stage.survives(lambda: stage.talk(request), 1)
    assert (seen.method, seen.answer, seen.problem.partition(":")[0]) == ("POST", 400, "malformed HTTP")


def test_what_goes_beyond_a_content_length_is_a_record_of_its_own(stage):
    request = post(b"", b"Content-Length: 3", length=False) + b"abcdef\r\n\r\n"
    first, second = stage.survives(lambda: stage.talk(request), 2)
    assert (first.body.text, first.answer, first.problem) == ("abc", 200, "")
    assert (second.body.text, second.answer) == ("def\r\n\r\n", 400)


@pytest.mark.parametrize("blank", [b"\r\n", b"\n", b"\r\n\r\n\r\n"])
def test_empty_lines_around_requests_are_nothing(stage, blank):
    """RFC 9112, section 2.2: old clients send one after a body."""
    requests = blank + post(b"a") + blank + post(b"b") + blank
    for sent in ([requests], pieces(requests, list(range(len(requests))))):
        found = stage.survives(lambda sent=sent: stage.talk(*sent), 2)
        assert [(seen.body.text, seen.answer, seen.problem) for seen in found] == [
            ("a", 200, ""),
            ("b", 200, ""),
        ]


def test_the_rest_of_a_pipelined_request_has_a_deadline():
    with staged(SHORT) as stage:
        found = stage.survives(lambda: left_open(stage, post(b"a") + post(b"bcd")[:-1]), 2)
        assert [(seen.body.text, seen.answer, seen.problem) for seen in found] == [
            ("a", 200, ""),
            ("bc", None, "not complete within 0.05 s"),
        ]


# Sizes


def test_a_compressed_bomb_is_kept_as_it_came(stage):
    bomb = gzip.compress(bytes(30_000_000))
    [seen] = stage.survives(lambda: stage.talk(post(bomb, b"Content-Encoding: gzip")), 1)
    assert (seen.answer, seen.problem) == (200, "")
    assert_kept(seen, bomb)


@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_a_body_without_end_is_not_read_on(stage, framing):
    head = post(b"", b"Content-Length: %d" % 10**18, length=False)
    piece = b"x" * 8192
    if framing == "chunks":
        head, piece = chunked(), b"2000\r\n" + piece + b"\r\n"
    [seen] = stage.survives(lambda: stage.talk(head, *[piece] * 100), 1)
    assert seen.problem == "body larger than 50000 bytes, not read further"
    assert (seen.answer, len(seen.body.text)) == (413, LIMITS.body_kept)
    assert seen.body.size < 200_000


@pytest.mark.parametrize(
    "headers", [[b"X: " + b"y" * 9000], [b"X-%d: y" % n for n in range(900)], [b"X" * 9000 + b": y"]]
)
def test_a_head_beyond_the_bound_is_refused_or_cut(stage, headers):
    [seen] = stage.survives(lambda: stage.talk(*pieces(post(b"", *headers), list(range(0, 9000, 1000)))), 1)
    assert (seen.answer, seen.problem[:14]) in [
        (400, "malformed HTTP"),
        (200, f"{2 + len(headers)} headers, the f"[:14]),
    ]
    assert sum(len(name) + len(value) for name, value in seen.headers) <= LIMITS.header_bytes
    assert len(seen.headers) <= LIMITS.headers


# Encodings

HEADER = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=40
)
TARGET = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=60)


@fuzzed
@given(BODIES, HEADER, HEADER)
@example(b"logout_token=\xe9", "application/x-www-form-urlencoded; charset=latin-1", "gzip, br")
@example(b"+AGE-", "text/plain; charset=utf-7", "\xe9")
def test_a_body_is_kept_whatever_its_type_and_encoding_say(stage, body, content_type, encoding):
    headers = [
        b"Content-Type: " + content_type.encode("latin-1"), b"Content-Encoding: " + encoding.encode("latin-1")
    ]  # fmt: skip
    [seen] = stage.survives(lambda: stage.talk(post(body, *headers)), 1)
    assert (seen.answer, seen.problem, seen.header("content-type")) == (200, "", content_type.strip(" \t"))
    assert_kept(seen, body)


@fuzzed
@given(TARGET, HEADER)
@example("/%", "bad.test")
@example("/bad/backchannel-logout?%ZZ=%00&%ff=%c3%28;;&=&&", "")
@example("//[", "[::1")
@example("http://[v1.x]:99999999/", "a:b:c")
@example("http://a\\b@" + "c" * 50, "bad.test:99999")
@example("*", "xn--a.test")
@example("/" + "a/../" * 10, "\xe9.test")
def test_any_target_at_any_host_is_recorded(stage, target, host):
    request = f"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode("latin-1")
    [seen] = stage.survives(lambda: stage.talk(request), 1)
    assert (seen.method, seen.problem) == ("GET", "")
    assert target in seen.url


# TLS


def client_hello(name: str) -> bytes:
    """What a TLS client says first."""
    context = ssl.create_default_context()
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(incoming, outgoing, server_hostname=name).do_handshake()
    return outgoing.read()


NAME = "a" * 16 + ".test"
HELLO = client_hello(NAME)


@fuzzed
@given(st.binary(max_size=200))
@example(b"")
@example(b"\x03\x01\xff\xff" + b"\x00" * 100)
def test_a_handshake_of_garbage_is_recorded(stage, garbage):
    [seen] = stage.survives(lambda: stage.talk(b"\x16" + garbage), 1)
    assert seen.problem.startswith("TLS handshake failed: ")


@fuzzed
@given(st.integers(1, len(HELLO) - 1), CUTS)
def test_a_handshake_that_is_broken_off_is_recorded(stage, length, cuts):
    [seen] = stage.survives(lambda: stage.talk(*pieces(HELLO[:length], cuts)), 1)
    assert seen.problem.startswith("TLS handshake failed: ")


@fuzzed
@given(st.binary(min_size=len(NAME), max_size=len(NAME)))
@example(b"\xff" * len(NAME))
@example(b"\x00" * len(NAME))
@example(b"*.".ljust(len(NAME), b"."))
@example(b"a@b".ljust(len(NAME), b"c"))
@example(b"10.0.0.1/8".ljust(len(NAME), b"0"))
@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # ssl itself refuses to decode some
def test_any_name_may_be_asked_for(stage, name):
    [seen] = stage.survives(lambda: stage.talk(HELLO.replace(NAME.encode(), name)), 1)
    assert seen.problem.startswith("TLS handshake failed: ")


@fuzzed
@given(st.lists(st.tuples(st.integers(6, len(HELLO) - 1), st.integers(0, 255)), min_size=1, max_size=8))
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_altered_handshake_is_recorded(stage, changes):
    hello = bytearray(HELLO)
    for place, value in changes:
        hello[place] = value
    [seen] = stage.survives(lambda: stage.talk(bytes(hello)), 1)
    assert seen.problem.startswith("TLS handshake failed: ")


@fuzzed
@given(st.binary(min_size=1, max_size=80), BODIES)
def test_garbage_by_tls_is_recorded(stage, garbage, body):
    found = stage.survives(lambda: by_tls(stage, post(body) + b"\x80" + garbage), 2)
    assert [seen.key for seen in found[:1]] == [BAD]
    assert_kept(found[0], body)
    assert all(seen.url.startswith("https://") for seen in found)


async def by_tls(stage: Stage, sent: bytes) -> None:
    """Sends it by TLS and ends as TLS should end, without reading an answer."""
    trust = trusting(stage.listening)
    _, writer = await asyncio.open_connection("localhost", stage.listening.port, ssl=trust)
    writer.write(sent)
    writer.close()


# Connections that are left open

HALVES = {
    "head": post(b"")[:40],
    "body": post(b"abc")[:-1],
    "chunk": chunked((b"4", b"ab"))[:-2],
    "handshake": HELLO[:100],
}


async def left_open(stage: Stage, *sent: bytes) -> None:
    """Says so much and no more; returns when the receiver has closed every connection."""
    connections = [await stage.connect() for _ in sent]
    for (_, writer), said in zip(connections, sent, strict=True):
        writer.write(said)
    for reader, writer in connections:
        try:
            await reader.read()
        except ConnectionError:  # given up by a reset
            pass
        finally:
            writer.close()


def test_many_connections_left_open_half_way_are_given_up():
    with staged(SHORT) as stage:
        found = stage.survives(lambda: left_open(stage, *[*HALVES.values()] * 10), 40)
        assert len(found) == 40
        by_problem = [seen.problem for seen in found]
        assert by_problem.count("not complete within 0.05 s") == 30
        assert sum("TLS handshake failed" in problem for problem in by_problem) == 10


def test_of_too_many_silent_connections_the_oldest_are_closed():
    with staged(Limits(silent=5)) as stage:
        assert stage.survives(lambda: crowd(stage)) == []


async def crowd(stage: Stage) -> None:
    connections = [await stage.connect() for _ in range(12)]
    assert [await reader.read() for reader, _ in connections[:7]] == [b""] * 7
    for _, writer in connections:
        writer.close()
