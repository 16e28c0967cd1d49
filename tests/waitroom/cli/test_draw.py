"""`waitroom draw verify`: what it says, and its exit code."""

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.waitroom.queue.test_verification import ROOT_AT, RULE, a_proof, another_value
from tests.waitroom.test_receipts import KEYS, a_receipt
from waitroom.cli import main
from waitroom.cli.draw import LONGEST_LINE, UnreadableError, split_lines

PROOF = a_proof(20)
TEXT = "".join(f"{line}\n" for line in PROOF)


def run(*arguments: str, stdin: str | None = None) -> Result:
    """Run the command."""
    return CliRunner().invoke(main, ["draw", "verify", *arguments], input=stdin)


@pytest.fixture
def proof(tmp_path: Path) -> Path:
    """A file with a proof that holds."""
    path = tmp_path / "proof.jsonl"
    path.write_text(TEXT)
    return path


@pytest.fixture
def address() -> Iterator[str]:
    """A server that has the proof at /proof, and nothing else."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/proof" else 404)
            self.end_headers()
            self.wfile.write(TEXT.encode() if self.path == "/proof" else b"{}")

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_file(proof: Path) -> None:
    """A proof that holds is told so, with its commitment to compare and what the missing beacon means."""
    result = run(str(proof))
    assert result.exit_code == 0
    assert "holds: 20 entrants" in result.output
    assert json.loads(PROOF[0])["commitment"] in result.output
    assert "No public beacon" in result.output


def test_standard_input() -> None:
    """The proof may come through a pipe."""
    assert run("-", stdin=TEXT).exit_code == 0


def test_an_address(address: str) -> None:
    """The proof may be read where it is published."""
    assert run(f"{address}/proof").exit_code == 0


def test_what_cannot_be_read(address: str, tmp_path: Path) -> None:
    """What cannot be read says nothing about the draw: another exit code, and one line."""
    for source in (f"{address}/other", "http://127.0.0.1:1/", "http://[", str(tmp_path / "none"), str(tmp_path)):
        result = run(source)
        assert result.exit_code == 2
        assert "cannot be read" in result.output
        assert len(result.output.splitlines()) <= 3


def test_a_failed_check_is_named(proof: Path) -> None:
    """A changed proof fails with exit code 1 and the check's name."""
    proof.write_text("".join(f"{line}\n" for line in PROOF[:-1]))
    result = run(str(proof))
    assert result.exit_code == 1
    assert "'count'" in result.output


def test_expected_commitment(proof: Path) -> None:
    """Another commitment than the published one fails."""
    assert run(str(proof), "--expect-commitment", json.loads(PROOF[0])["commitment"]).exit_code == 0
    result = run(str(proof), "--expect-commitment", "ab" * 32)
    assert result.exit_code == 1
    assert "'commitment'" in result.output


@pytest.fixture
def beaconed(tmp_path: Path) -> Iterator[tuple[Path, list[str]]]:
    """A proof whose beacon is a server of this test, which answers as that beacon did."""
    value = hashlib.sha256(b"signed").hexdigest()
    number = RULE.round_after(ROOT_AT)

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_round = self.path == f"/public/{number}"
            self.send_response(200 if is_round else 404)
            self.end_headers()
            self.wfile.write(json.dumps({"round": number, "randomness": value}).encode() if is_round else b"")

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    lines = a_proof(20, beacon=value)
    header = json.loads(lines[0])
    header["beacon_rule"]["url"] = f"http://127.0.0.1:{server.server_port}"
    path = tmp_path / "beaconed.jsonl"
    lines[0] = json.dumps(header)
    path.write_text("\n".join(lines))
    yield path, lines
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_beacon_can_be_compared(beaconed: tuple[Path, list[str]]) -> None:
    """The round's address is printed for anybody; asked to, the command compares the value itself."""
    path, _ = beaconed
    assert f"/public/{RULE.round_after(ROOT_AT)}" in run(str(path)).output
    result = run(str(path), "--fetch-beacon")
    assert (result.exit_code, "gives the same value" in result.output) == (0, True)


def test_another_value_than_the_beacons_fails(beaconed: tuple[Path, list[str]]) -> None:
    """A value that all else was made to agree with is caught by the beacon alone, and by the check's name."""
    path, lines = beaconed
    another_value(lines)
    path.write_text("\n".join(lines))
    assert run(str(path)).exit_code == 0
    result = run(str(path), "--fetch-beacon")
    assert (result.exit_code, "'beacon'" in result.output) == (1, True)


def test_a_beacon_that_does_not_answer(proof: Path) -> None:
    """Without a beacon there is nothing to ask, and that is said."""
    result = run(str(proof), "--fetch-beacon")
    assert (result.exit_code, "names no round" in result.output) == (1, True)


def test_a_receipt(proof: Path, tmp_path: Path) -> None:
    """A genuine receipt of an entrant holds; that of a dropped one fails by name; without keys nothing is said."""
    keys, receipt = tmp_path / "keys.json", tmp_path / "receipt"
    keys.write_text(json.dumps(KEYS.to_jwks()))
    receipt.write_text(a_receipt(PROOF).sign(KEYS))
    held = run(str(proof), "--receipt", str(receipt), "--keys", str(keys))
    assert (held.exit_code, "among the entrants" in held.output) == (0, True)
    receipt.write_text(replace(a_receipt(PROOF), fan_id="A" * 22).sign(KEYS))
    failed = run(str(proof), "--receipt", str(receipt), "--keys", str(keys))
    assert (failed.exit_code, "'receipt'" in failed.output) == (1, True)
    assert run(str(proof), "--receipt", str(receipt)).exit_code == 2
    keys.write_text("[]")
    assert run(str(proof), "--receipt", str(receipt), "--keys", str(keys)).exit_code == 2


def test_order_and_fan(proof: Path, tmp_path: Path) -> None:
    """The order is written a fan id a line, and a fan's rank is the place in it."""
    out = tmp_path / "order.txt"
    run(str(proof), "--order", str(out))
    order = out.read_text().splitlines()
    assert sorted(order) == sorted(json.loads(line)[1] for line in PROOF[1:])
    assert "7 entrants drawn before" in run(str(proof), "--fan", order[7]).output
    stranger = run(str(proof), "--fan", "A" * 22)
    assert stranger.exit_code == 1
    assert "not among the entrants" in stranger.output


def test_lines_are_cut_wherever_the_bytes_come() -> None:
    """Lines come out whole, however the bytes were cut; one without an end is refused, not kept."""
    raw = TEXT.encode()
    for size in (1, 7, 100_000):
        assert list(split_lines(raw[start : start + size] for start in range(0, len(raw), size))) == PROOF
    assert list(split_lines([b"\xff\n", b"last"])) == ["\ufffd", "last"]
    with pytest.raises(UnreadableError, match="longer"):
        list(split_lines([b"x" * (LONGEST_LINE + 1)]))


def test_more_than_any_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream without end is cut off."""
    monkeypatch.setattr("waitroom.cli.draw.MOST_BYTES", 100)
    with pytest.raises(UnreadableError, match="longer"):
        list(split_lines([b"x\n" * 60]))
