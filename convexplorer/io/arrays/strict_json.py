"""Reads JSON strictly by the standard.

Python's `json` does the reading; its extensions (NaN, names that occur twice) are refused here, because files come from
strangers.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

from convexplorer.errors import InvalidValueError


def parse_json(text: str, *, parse_int: Callable[[str], Any] = float) -> Any:
    """Read JSON strictly: no NaN or Infinity, no name twice.

    Parameters
    ----------
    text : str
        The JSON.
    parse_int : callable
        Converts numbers without point and exponent. With float, -0 keeps its sign.

    Raises
    ------
    InvalidValueError
        If it is not such JSON, or nested too deeply.
    """
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_constant, parse_int=parse_int)
    except InvalidValueError:
        raise
    except json.JSONDecodeError as error:
        raise InvalidValueError(
            "not valid JSON at line {line}, column {column}", line=error.lineno, column=error.colno
        ) from error
    except RecursionError as error:
        raise InvalidValueError("its JSON is nested too deeply") from error
    except ValueError as error:
        raise InvalidValueError("its JSON holds an impossible number") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = Counter(key for key, _ in pairs)
        raise InvalidValueError('its JSON has "{key}" twice', key=names.most_common(1)[0][0])
    return made


def _constant(word: str) -> float:
    raise InvalidValueError("{word} is not a finite number", word=word)
