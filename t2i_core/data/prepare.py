"""Amazon's metadata files to a catalogue: blocks of lines are read wherever the engine runs, in the file's order."""

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from t2i_core.data.amazon import Matches, Row, Unusable, read_row, wanted_categories
from t2i_core.data.bulk import Found, read_lines
from t2i_core.data.bulk_paths import path_chooser
from t2i_core.data.catalogues import ROWS, Catalogue, Parsed, Reject, catalogue_writer, read_catalogue
from t2i_core.data.engines import Engine, RayEngine
from t2i_core.data.lines import BLOCK, MAX_LINE, Block, blocks_of
from t2i_core.data.shards import CATALOGUE_SCHEMA
from t2i_core.data.tables import table_of
from t2i_core.errors import InputError

KEPT = 400  # bytes of a rejected line
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
        for piece in block.pieces():
            for found in read_lines(piece, choose):
                parsed = _completed(found, wanted)
                rejects += [replace(reject, line=number + reject.line) for reject in parsed.rejects]
                tables.append(parsed.table)
                other += parsed.other
                number += parsed.lines
    table = tables[0] if len(tables) == 1 else pa.concat_tables(tables or [CATALOGUE_SCHEMA.empty_table()])
    return Parsed(table.combine_chunks(), rejects, number, other)


def _completed(found: Found, wanted: Matches | None) -> Parsed:
    """With the lines that are read one by one, in their places."""
    if not found.odd:
        return Parsed(found.table, [], found.lines, found.other)
    alone, places = parse_alone(found.odd, wanted)
    table = found.table
    if places:
        table = pa.concat_tables([table, alone.table]).take(np.argsort([*found.places, *places]))
    return Parsed(table, alone.rejects, found.lines, found.other + alone.other)


def parse_alone(lines: Iterable[tuple[int, bytes]], wanted: Matches | None) -> tuple[Parsed, list[int]]:
    """What some lines, each after its place, give when each is read alone, and the places of the rows.

    Blank lines give nothing.
    """
    rows: list[Row] = []
    places: list[int] = []
    rejects, number, other = [], 0, 0
    for place, line in lines:
        number += 1
        try:
            if len(line) > MAX_LINE:
                raise Unusable(TOO_LONG)
            if not line or line.isspace():
                continue
            if (row := read_row(line, wanted)) is None:
                other += 1
            else:
                rows.append(row)
                places.append(place)
        except Unusable as reason:
            rejects.append(Reject(place + 1, str(reason), line[:KEPT].decode("utf-8", "replace").strip()))
    return Parsed(table_of(rows), rejects, number, other), places


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
