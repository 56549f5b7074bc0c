"""Amazon's metadata files to a catalogue: blocks of lines are read wherever the engine runs, in the file's order."""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from t2i_core.data.amazon import Matches, Row, Unusable, read_row, wanted_categories
from t2i_core.data.bulk import Choose, path_chooser, read_lines
from t2i_core.data.catalogues import ROWS, Catalogue, Parsed, Reject, catalogue_writer, read_catalogue
from t2i_core.data.engines import Engine, RayEngine
from t2i_core.data.lines import BLOCK, MAX_LINE, Block, blocks_of
from t2i_core.data.shards import CATALOGUE_SCHEMA
from t2i_core.data.tables import table_of
from t2i_core.errors import InputError

KEPT = 400  # bytes of a rejected line
TOGETHER = 8_192  # lines that become columns at once
TOO_LONG = f"longer than {MAX_LINE >> 20} MB"


def prepare_amazon(
    source: Path,
    out: Path,
    engine: Engine,
    *,
    categories: Sequence[str] = (),
    limit: int | None = None,
    rows: int = ROWS,
    on_lines: Callable[[int, int], None] | None = None,
) -> Catalogue:
    """Writes the products of a metadata file of 2014, 2018 or 2023 as a catalogue.

    categories: words or phrases, one of which a category on a product's path must hold; limit: most products
    rows: of a shard; on_lines: told after each block how many lines were read and how many products are kept
    Raises DataError for a file that cannot be read through; then nothing in `out` has changed.
    """
    if limit is not None and limit < 1:
        raise InputError(f"--limit must be at least 1; got {limit}.")
    blocks = blocks_of(source, BLOCK, carried=isinstance(engine, RayEngine))
    parse = partial(parse_block, categories=tuple(categories))
    with catalogue_writer(out, source.name, rows=rows) as writer, closing(engine.map_blocks(parse, blocks)) as results:
        for parsed in results:
            left = len(parsed.table) if limit is None else limit - writer.products
            writer.add(replace(parsed, table=parsed.table.slice(0, left)))
            if on_lines:
                on_lines(writer.lines, writer.products)
            if limit is not None and writer.products >= limit:
                break
    return read_catalogue(out)


def parse_block(block: Block, categories: Sequence[str] = ()) -> Parsed:
    """The products in a block of lines. Pure but for the file that the block names."""
    choose, wanted = path_chooser(tuple(categories)), wanted_categories(categories)
    tables, rejects, number, other = [], [], 0, 0
    with _no_collector():
        for lines in _batches(block):
            parsed = _parse(lines, choose, wanted)
            rejects += [replace(reject, line=number + reject.line) for reject in parsed.rejects]
            tables.append(parsed.table)
            other += parsed.other
            number += parsed.lines
    table = tables[0] if len(tables) == 1 else pa.concat_tables(tables or [CATALOGUE_SCHEMA.empty_table()])
    return Parsed(table.combine_chunks(), rejects, number, other)


def _batches(block: Block) -> Iterator[list[bytes]]:
    for piece in block.pieces():
        lines = piece.removesuffix(b"\n").split(b"\n")
        for start in range(0, len(lines), TOGETHER):
            yield lines[start : start + TOGETHER]


def _parse(lines: Sequence[bytes], choose: Choose, wanted: Matches | None) -> Parsed:
    """Nearly all lines at once, the others one by one, in their order."""
    if max(map(len, lines)) > MAX_LINE:
        return parse_alone(lines, range(len(lines)), wanted)[0]
    found = read_lines(lines, choose)
    if not found.odd:
        return Parsed(found.table, [], len(lines), found.other)
    alone, places = parse_alone(lines, found.odd, wanted)
    table = found.table
    if places:
        table = pa.concat_tables([table, alone.table]).take(np.argsort([*found.places, *places]))
    return Parsed(table, alone.rejects, len(lines), found.other + alone.other)


def parse_alone(lines: Sequence[bytes], places: Sequence[int], wanted: Matches | None) -> tuple[Parsed, list[int]]:
    """What the lines at some places give, each read alone, and the places of the rows; blank lines give nothing."""
    rows: list[Row] = []
    kept: list[int] = []
    rejects, other = [], 0
    for place in places:
        line = lines[place]
        try:
            if len(line) > MAX_LINE:
                raise Unusable(TOO_LONG)
            if not line or line.isspace():
                continue
            if (row := read_row(line, wanted)) is None:
                other += 1
            else:
                rows.append(row)
                kept.append(place)
        except Unusable as reason:
            rejects.append(Reject(place + 1, str(reason), line[:KEPT].decode("utf-8", "replace").strip()))
    return Parsed(table_of(rows), rejects, len(lines), other), kept


@contextmanager
def _no_collector() -> Iterator[None]:
    """Rows make no cycles, and looking for some among so many objects takes long."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
