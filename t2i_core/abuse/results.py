"""What a batch found, kept in a file: a stopped batch goes on from it, and memory stays flat however long it is."""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from t2i_core.abuse.duplicates import Print, Seen, find_duplicates
from t2i_core.abuse.rules import RULES
from t2i_core.abuse.sources import Item
from t2i_core.abuse.verdict import Finding, Verdict
from t2i_core.errors import DataError, OutputError

OK_RANK = -1


@dataclass(frozen=True)
class Result:
    """One picture of a batch. size: width and height, 0 without a picture; thumbnail: a small JPEG in base64."""

    name: str
    title: str
    verdict: Verdict
    size: tuple[int, int] = (0, 0)
    thumbnail: str = ""
    print: Print | None = None

    @property
    def id(self) -> str:
        """The same for the same name and title: what a person said of it is kept under it."""
        return sha256(f"{self.name}\0{self.title}".encode(errors="replace")).hexdigest()[:24]

    def record(self) -> dict[str, object]:
        """What the command line prints."""
        return {"name": self.name, "title": self.title, "size": list(self.size), **self.verdict.to_dict()}

    def to_json(self) -> str:
        extra = {"thumbnail": self.thumbnail, "print": asdict(self.print) if self.print else None}
        return json.dumps(self.record() | extra)

    @classmethod
    def from_json(cls, text: str) -> "Result":
        """Raises DataError for anything that `to_json` did not write."""
        try:
            stored = json.loads(text)
            known = Print(**stored["print"]) if stored["print"] else None
            width, height = stored["size"]
            names = (str(stored["name"]), str(stored["title"]))
            return cls(*names, Verdict.from_json(text), (width, height), str(stored["thumbnail"]), known)
        except (KeyError, TypeError, ValueError) as problem:
            raise DataError("A line of the batch's record is damaged.") from problem


class Brief(NamedTuple):
    """What of a result is kept in memory: where it stands in the file, and what results are looked for by."""

    place: int
    rank: int
    rules: tuple[str, ...]
    name: str
    title: str
    print: Print | None

    @classmethod
    def of(cls, place: int, result: Result) -> "Brief":
        verdict = result.verdict
        rank = OK_RANK if verdict.severity is None else verdict.severity.rank
        rules = tuple(sorted({finding.rule for finding in verdict.findings}))
        return cls(place, rank, rules, result.name, result.title, result.print)


class Results:
    """The results of one batch in their order. They stand in the file; in memory is what tells them apart."""

    def __init__(self, file: Path, key: str) -> None:
        """Goes on with what stands in `file` where it was written under the same key, else begins it anew.

        Raises OutputError where the file cannot be written.
        """
        self.file = file
        self.repeats: Mapping[int, Finding] = {}
        self._known: dict[bytes, int] = {}
        self._briefs: list[Brief] = []
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._take_up(json.dumps({"batch": key}) + "\n")
        except OSError as problem:
            raise OutputError(f"{file} cannot be written: {problem.strerror or problem}.") from problem

    def __len__(self) -> int:
        return len(self._briefs)

    def __getitem__(self, place: int) -> Result:
        return self._with_repeats(place, self._read(self._briefs[place].place))

    def __iter__(self) -> Iterator[Result]:
        return (self[place] for place in range(len(self)))

    def knows(self, item: Item) -> bool:
        """Whether the item was judged before the batch was stopped."""
        return _key(item) in self._known

    def take(self, item: Item) -> None:
        """Counts in an item that was judged before."""
        place = self._known[_key(item)]
        self._count_in(place, self._read(place))

    def add(self, item: Item, result: Result) -> None:
        """Writes down what was found."""
        line = json.dumps({"key": _key(item).hex(), "result": result.to_json()}) + "\n"
        try:
            with self.file.open("ab") as file:
                place = file.tell()
                file.write(line.encode())
        except OSError as problem:
            raise OutputError(f"{self.file} cannot be written: {problem.strerror or problem}.") from problem
        self._count_in(place, result)

    def by_severity(self) -> list[int]:
        """The places of all results, the worst first."""
        return sorted(range(len(self)), key=lambda place: (-self.rank(place), place))

    def select(self, ranks: Collection[int] = (), rule: str = "", words: str = "") -> list[int]:
        """The places of results of these ranks, that break this rule, and whose title or name holds all words; the
        worst first. What is empty asks for nothing."""
        wanted = words.casefold().split()
        return [place for place in self.by_severity() if self._is(place, ranks, rule, wanted)]

    def rules(self) -> dict[str, int]:
        """How many results break each rule, the most frequent first."""
        found = Counter(rule for place in range(len(self)) for rule in self._rules(place))
        return dict(found.most_common())

    def rank(self, place: int) -> int:
        """2 for an error, 1 for a warning, 0 for a note, -1 where nothing was found."""
        repeat = self.repeats.get(place)
        return max(self._briefs[place].rank, repeat.severity.rank if repeat else OK_RANK)

    def find_repeats(self) -> None:
        """Compares all pictures of the batch with each other."""
        places = [place for place, brief in enumerate(self._briefs) if brief.print is not None]
        seen = [Seen(one.name, one.title, one.print) for one in self._briefs if one.print is not None]
        found = find_duplicates(seen)
        self.repeats = {places[at]: RULES[signal.rule].finding(signal) for at, signal in found.items()}

    def discard(self) -> None:
        """Removes the file: the batch is over and told."""
        self.file.unlink(missing_ok=True)

    def _with_repeats(self, place: int, result: Result) -> Result:
        repeat = self.repeats.get(place)
        if repeat is None:
            return result
        verdict = result.verdict
        findings = sorted((*verdict.findings, repeat), key=lambda one: -one.severity.rank)
        return replace(result, verdict=Verdict(tuple(findings), {**verdict.scores, repeat.rule: repeat.score}))

    def _rules(self, place: int) -> tuple[str, ...]:
        repeat = self.repeats.get(place)
        return (*self._briefs[place].rules, repeat.rule) if repeat else self._briefs[place].rules

    def _is(self, place: int, ranks: Collection[int], rule: str, words: Sequence[str]) -> bool:
        if (ranks and self.rank(place) not in ranks) or (rule and rule not in self._rules(place)):
            return False
        text = f"{self._briefs[place].title} {self._briefs[place].name}".casefold()
        return all(word in text for word in words)

    def _read(self, place: int) -> Result:
        with self.file.open("rb") as file:
            file.seek(place)
            return Result.from_json(json.loads(file.readline())["result"])

    def _count_in(self, place: int, result: Result) -> None:
        self._briefs.append(Brief.of(place, result))

    def _take_up(self, head: str) -> None:
        """Reads the places of an earlier run's results; a last line that was cut off is written over."""
        if not self.file.is_file() or self._head() != head.encode():
            self.file.write_text(head)
            return
        with self.file.open("rb+") as file:
            end = len(file.readline())
            while (line := file.readline()).endswith(b"\n"):
                try:
                    stored = json.loads(line)
                    Result.from_json(stored["result"])
                    self._known[bytes.fromhex(stored["key"])] = end
                except (DataError, ValueError, KeyError, TypeError):
                    break
                end += len(line)
            file.truncate(end)

    def _head(self) -> bytes:
        with self.file.open("rb") as file:
            return file.readline()


def _key(item: Item) -> bytes:
    return sha256("\0".join((item.name, item.title, item.stamp)).encode(errors="replace")).digest()[:16]
