"""One request is one request, however it is spelled and wherever the network cuts it."""

from itertools import islice, product
from typing import Final

import pytest
from tests.unit.wire import exchange, splits

INNER: Final = (
    b"POST /inner HTTP/1.1\r\nHost: c\r\nX-User-Id: mallory\r\nContent-Length: 2\r\n\r\nhi"
)
NEXT: Final = b"GET /next HTTP/1.1\r\nHost: c\r\n\r\n"
HEAD: Final = b"POST /outer HTTP/1.1\r\nHost: c\r\nX-User-Id: alice\r\n"
CHUNKED: Final = b"Transfer-Encoding: chunked\r\n\r\n"

OFFERS: Final = {
    "h2c": b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
    "websocket": b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n",
    "upper case": b"CONNECTION: UPGRADE\r\nUPGRADE: H2C\r\n",
    "lower case": b"connection: upgrade\r\nupgrade: WebSocket\r\n",
    "several tokens": b"Connection: keep-alive,upgrade , te\r\nUpgrade: h2c\r\n",
    "upgrade alone": b"Upgrade: h2c\r\n",
    "connection alone": b"Connection: upgrade\r\n",
    "several protocols": b"Connection: Upgrade\r\nUpgrade: h2c, websocket, TLS/1.3, foo/2\r\n",
    "repeated lines": b"Upgrade: h2c\r\nConnection: keep-alive\r\nUpgrade: websocket\r\n"
    b"Connection: upgrade\r\nUpgrade: h2c\r\n",
    "nothing offered": b"Connection: Upgrade\r\nUpgrade:\r\n",
    "unknown": b"Connection: upgrade\r\nUpgrade: \xff~ something\r\n",
}
METHODS: Final = (b"GET", b"POST", b"PUT", b"PATCH", b"DELETE")
BODIES: Final = {
    "length": b"Content-Length: %d\r\n\r\n%b" % (len(INNER), INNER),
    "chunked": CHUNKED + b"%x\r\n%b\r\n3;a=b\r\nGET\r\n0\r\nX: y\r\n\r\n" % (len(INNER), INNER),
    "none": b"\r\n",
}


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("offer", OFFERS)
async def test_offer_of_another_protocol_changes_nothing(offer: str, body: str) -> None:
    for method, version in product(METHODS, (b"1.1", b"1.0")):
        head = b"%b /outer HTTP/%b\r\nHost: c\r\nX-User-Id: alice\r\n" % (method, version)
        expected = await exchange([head + BODIES[body] + NEXT])
        assert expected.paths()[0] == "/outer"
        all_splits = splits(head + OFFERS[offer] + BODIES[body] + NEXT)
        # The parser treats all methods alike: everywhere for one, at every byte for each.
        for reads in all_splits if method == b"POST" else islice(all_splits, 2):
            result = await exchange(reads)
            assert result.requests == expected.requests, reads
            assert result.responses == expected.responses, reads
            assert result.is_closed == expected.is_closed, reads


async def test_pipelined_offers_are_all_ignored() -> None:
    offering = HEAD + OFFERS["h2c"] + BODIES["length"]
    result = await exchange([offering * 3000])
    assert result.paths() == ["/outer"] * 3000
    assert set(result.statuses()) == {200}


CLOSED_WITH_400: Final = {
    "CONNECT": b"CONNECT c:443 HTTP/1.1\r\nHost: c\r\n\r\n",
    "CONNECT with an offer": b"CONNECT c:443 HTTP/1.1\r\n" + OFFERS["h2c"] + b"\r\n",
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "Content-Length and Transfer-Encoding": HEAD
    + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding and Content-Length": HEAD
    + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "both, with an offer": HEAD
    + OFFERS["h2c"]
    + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "same length twice": HEAD + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nhi",
    "two lengths": HEAD + b"Content-Length: 2\r\nContent-Length: 4\r\n\r\nhihi",
    "list of lengths": HEAD + b"Content-Length: 2, 2\r\n\r\nhi",
    "signed length": HEAD + b"Content-Length: +2\r\n\r\nhi",
    "negative length": HEAD + b"Content-Length: -2\r\n\r\nhi",
    "hexadecimal length": HEAD + b"Content-Length: 0x2\r\n\r\nhi",
    "length with an underscore": HEAD + b"Content-Length: 1_0\r\n\r\n0123456789",
    "length with a space": HEAD + b"Content-Length: 2 2\r\n\r\nhi",
    "length of nothing": HEAD + b"Content-Length:\r\n\r\n",
    "length past 64 bits": HEAD + b"Content-Length: 18446744073709551618\r\n\r\nhi",
    "identity": HEAD + b"Transfer-Encoding: identity\r\n\r\n",
    "xchunked": HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunkedx": HEAD + b"Transfer-Encoding: chunkedx\r\n\r\n0\r\n\r\n",
    "chunked twice": HEAD + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "chunked in two lines": HEAD + b"Transfer-Encoding: chunked\r\n" + CHUNKED + b"0\r\n\r\n",
    "chunked, identity": HEAD + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "chunked, then identity": HEAD
    + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "chunked in quotes": HEAD + b'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n',
    "chunked after a vertical tab": HEAD + b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
    "encoding of nothing": HEAD + b"Transfer-Encoding:\r\nContent-Length: 2\r\n\r\nhi",
    "folded line": HEAD + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "folded line of another": HEAD + b"X: a\r\n b\r\nContent-Length: 2\r\n\r\nhi",
    "line that starts with a space": HEAD + b" Content-Length: 2\r\n\r\nhi",
    "bare LF": HEAD + b"X: a\nContent-Length: 2\r\n\r\nhi",
    "bare LF at the end": HEAD + b"Content-Length: 2\r\n\nhi",
    "bare LF in the request line": b"GET / HTTP/1.1\nHost: c\r\n\r\n",
    "bare CR": HEAD + b"X: a\rContent-Length: 2\r\n\r\nhi",
    "bare CR at the end": HEAD + b"Content-Length: 2\r\n\rhi",
    "space before the colon": HEAD + b"Content-Length : 2\r\n\r\nhi",
    "tab before the colon": HEAD + b"Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n",
    "no colon": HEAD + b"Content-Length 2\r\n\r\nhi",
    "no name": HEAD + b": 2\r\n\r\nhi",
    "NUL in a value": HEAD + b"X: a\x00b\r\nContent-Length: 2\r\n\r\nhi",
    "NUL in a name": HEAD + b"X\x00Y: b\r\nContent-Length: 2\r\n\r\nhi",
    "chunk size and garbage": HEAD + CHUNKED + b"2 x\r\nhi\r\n0\r\n\r\n",
    "chunk size and space": HEAD + CHUNKED + b"2 \r\nhi\r\n0\r\n\r\n",
    "space and chunk size": HEAD + CHUNKED + b" 2\r\nhi\r\n0\r\n\r\n",
    "chunk size with 0x": HEAD + CHUNKED + b"0x2\r\nhi\r\n0\r\n\r\n",
    "chunk size with a sign": HEAD + CHUNKED + b"+2\r\nhi\r\n0\r\n\r\n",
    "negative chunk size": HEAD + CHUNKED + b"-2\r\nhi\r\n0\r\n\r\n",
    "chunk size past 64 bits": HEAD + CHUNKED + b"10000000000000002\r\nhi\r\n0\r\n\r\n",
    "no chunk size": HEAD + CHUNKED + b"\r\nhi\r\n0\r\n\r\n",
    "chunk that is too long": HEAD + CHUNKED + b"2\r\nhi!\r\n0\r\n\r\n",
    "chunk without an end": HEAD + CHUNKED + b"2\r\nhi0\r\n\r\n",
    "chunks that end with LF": HEAD + CHUNKED + b"2\nhi\n0\n\n",
    "LF in a chunk extension": HEAD + CHUNKED + b"2;a\nhi\r\n0\r\n\r\n",
    "CR in a chunk extension": HEAD + CHUNKED + b"2;a\rb\r\nhi\r\n0\r\n\r\n",
    "LF after the last chunk": HEAD + CHUNKED + b"2\r\nhi\r\n0\r\n\n",
    "length in a trailer": HEAD + CHUNKED + b"2\r\nhi\r\n0\r\nContent-Length: 9\r\n\r\n",
    "encoding in a trailer": HEAD + CHUNKED + b"0\r\nTransfer-Encoding: chunked\r\n\r\n",
}


@pytest.mark.parametrize("sent", CLOSED_WITH_400.values(), ids=CLOSED_WITH_400)
async def test_ambiguous_request_is_refused_and_its_connection_closed(sent: bytes) -> None:
    for reads in splits(sent + INNER):
        result = await exchange(reads)
        assert result.statuses() == [400], reads
        assert result.requests == [], reads
        assert result.is_closed, reads


READ_BY_THEIR_FRAMING: Final = {
    "body that looks like a request": (HEAD + BODIES["length"], INNER),
    "body of a GET": (
        b"GET / HTTP/1.1\r\nHost: c\r\nX-User-Id: alice\r\n" + BODIES["length"],
        INNER,
    ),
    "spelled in capitals": (HEAD + CHUNKED.upper() + b"2\r\nhi\r\n0\r\n\r\n", b"hi"),
    "tab after the colon": (
        HEAD + b"Transfer-Encoding:\tchunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
        b"hi",
    ),
    "chunked last": (
        HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
        b"hi",
    ),
    "chunk extensions": (HEAD + CHUNKED + b'1;a=b\r\nh\r\n1;a="b c"\r\ni\r\n0;x\r\n\r\n', b"hi"),
    "zeros before the chunk size": (HEAD + CHUNKED + b"002\r\nhi\r\n000\r\n\r\n", b"hi"),
    "trailers": (
        HEAD + CHUNKED + b"2\r\nhi\r\n0\r\nX-User-Id: mallory\r\nUpgrade: h2c\r\n\r\n",
        b"hi",
    ),
    "framing named by Connection": (
        HEAD + b"Connection: Content-Length, X-User-Id\r\nContent-Length: 2\r\n\r\nhi",
        b"hi",
    ),
}


@pytest.mark.parametrize(
    ("sent", "body"), READ_BY_THEIR_FRAMING.values(), ids=READ_BY_THEIR_FRAMING
)
async def test_request_ends_where_its_framing_says(sent: bytes, body: bytes) -> None:
    for reads in splits(sent + NEXT):
        result = await exchange(reads)
        first, second = result.requests
        assert (first["body"], first["user"]) == (body.decode()[:100], ["alice"]), reads
        assert second["path"] == "/next", reads
        assert result.statuses() == [200, 200], reads


@pytest.mark.parametrize(
    "head",
    [
        HEAD + b"Connection: close\r\n",
        HEAD.replace(b"HTTP/1.1", b"HTTP/1.0"),
        HEAD + b"Connection: close, upgrade\r\nUpgrade: h2c\r\n",
    ],
)
async def test_nothing_is_read_after_a_request_that_ends_its_connection(head: bytes) -> None:
    for reads in splits(head + b"Content-Length: 2\r\n\r\nhi" + INNER):
        result = await exchange(reads)
        assert result.paths() == ["/outer"], reads
        assert result.is_closed, reads


async def test_error_in_a_pipelined_request_is_not_taken_for_the_response_before_it() -> None:
    result = await exchange([HEAD + b"Content-Length: 2\r\n\r\nhi" + HEAD + CHUNKED + b"x\r\n"])
    assert result.responses == b""
    assert result.is_closed


async def test_trailers_have_the_limit_of_headers() -> None:
    trailers = [b"X-%d: %b\r\n" % (number, b"x" * 1000) for number in range(100)]
    result = await exchange([HEAD + CHUNKED + b"2\r\nhi\r\n0\r\n", *trailers, b"\r\n"])
    assert result.statuses() == [431]
    assert result.is_closed


async def test_small_chunks_are_not_limited_as_headers_are() -> None:
    result = await exchange([HEAD + CHUNKED, *[b"1\r\nx\r\n"] * 20_000, b"0\r\n\r\n"])
    assert result.requests[0]["length"] == 20_000
