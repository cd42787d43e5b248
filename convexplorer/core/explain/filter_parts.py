"""Banks for comparing maps side by side: a filter and its channels, or a filter and its mirror image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from convexplorer.core.model.filters import Filter, FilterBank
from convexplorer.core.model.layers import ConvLayer


def split_channels(one: Filter, titles: Sequence[str], total: str) -> FilterBank:
    """Filters of one channel each, and last the whole filter.

    The maps of the first C filters and the bias add up to the map of the last, before the activation.

    Parameters
    ----------
    one : Filter
        With C planes.
    titles : sequence of str
        Names for the maps of the C channels.
    total : str
        Name for the map of all.
    """
    parts = []
    for channel, title in enumerate(titles):
        weights = np.zeros_like(one.weights)
        weights[channel] = one.weights[channel]
        parts.append(Filter(weights, 0.0, title))
    return FilterBank((*parts, replace(one, name=total, enabled=True)))


def with_flipped(one: Filter, plain: str, flipped: str) -> FilterBank:
    """A filter and the same with its kernel turned by 180°.

    Applying the turned kernel as a cross-correlation is the convolution of mathematics, (x * w)[n] = Σ x[n − k] w[k];
    deep learning calls the cross-correlation itself a convolution. For a symmetric kernel they are the same.
    """
    return FilterBank(
        (
            replace(one, name=plain, enabled=True),
            replace(one, weights=one.weights[:, ::-1, ::-1], name=flipped, enabled=True),
        )
    )


def identity_layer(makers: Sequence[Filter], *, signed: bool) -> ConvLayer:
    """A layer of 1 × 1 filters that passes every map on unchanged, under the name of the filter that made it.

    Parameters
    ----------
    makers : sequence of Filter
        The filters whose maps arrive, perhaps pooled; maps of those that are off are not shown.
    signed : bool
        Whether values may be negative.
    """
    count = len(makers)
    weights = np.eye(count, dtype=np.float32).reshape(count, count, 1, 1)
    filters = tuple(replace(one, weights=weights[i], bias=0.0) for i, one in enumerate(makers))
    return ConvLayer(FilterBank(filters, (max(count, 1), 1, 1)), activation="none" if signed else "relu")
