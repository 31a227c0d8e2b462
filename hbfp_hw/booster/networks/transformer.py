"""The base Transformer for translation, and one block of GPT-2."""

from hbfp_hw.booster.networks.layers import Layer, Network
from hbfp_hw.format import check_integer

WIDTH, HEADS, INSIDE, BLOCKS = 512, 8, 2048, 6
"""Features, heads, inner features of the feed-forward layers, and blocks of the base model."""
VOCABULARY = 37_000
"""Byte-pair tokens in the vocabulary that English and German share in the base model."""
GPT2_WIDTH, GPT2_HEADS = 768, 12
"""Features and heads of GPT-2 small."""
GPT2_BATCH = 8
"""Default number of samples in a training step of GPT-2."""
TOKENS = 9_035_582_198
"""Tokens in the training part of OpenWebText."""
GPT2_EPOCHS = 100
"""Parts into which the single pass over the training set is divided."""


def transformer_base(length: int = 64) -> Network:
    """Return the encoder-decoder model with six blocks on each side and the output projection.

    Embeddings are table look-ups, not products. Projections of the same input are one product:
    queries, keys and values in self-attention, keys and values in cross-attention. Attention is
    counted in full, including the positions that a mask hides.

    Parameters:
        length: Tokens of a source sentence, and of a target sentence.

    Raises:
        TypeError: The length is not an integer.
        ValueError: The length is out of range.
    """
    _check_length(length)
    layers = []
    for block in range(BLOCKS):
        name = f"encoder.{block}"
        layers += _self_attention(name, length, WIDTH, HEADS)
        layers += _feed_forward(name, length, WIDTH, INSIDE)
    for block in range(BLOCKS):
        name = f"decoder.{block}"
        layers += _self_attention(name, length, WIDTH, HEADS)
        layers += [
            Layer(f"{name}.cross.q", length, WIDTH, WIDTH),
            Layer(f"{name}.cross.kv", length, WIDTH, 2 * WIDTH),
            *_attention(f"{name}.cross", length, WIDTH, HEADS),
        ]
        layers += _feed_forward(name, length, WIDTH, INSIDE)
    layers.append(Layer("vocabulary", length, WIDTH, VOCABULARY))
    return Network("transformer-base", tuple(layers), samples=4_500_000, batch=64, epochs=30)


def gpt2_block(length: int = 1024) -> Network:
    """Return one of the twelve blocks of GPT-2 small.

    GPT-2 is trained in one pass over its data. That pass counts as 100 epochs, so that a schedule
    has a last epoch to boost.

    Parameters:
        length: Tokens of a sample.

    Raises:
        TypeError: The length is not an integer.
        ValueError: The length is out of range.
    """
    _check_length(length)
    layers = [
        *_self_attention("block", length, GPT2_WIDTH, GPT2_HEADS),
        *_feed_forward("block", length, GPT2_WIDTH, 4 * GPT2_WIDTH),
    ]
    return Network(
        "gpt2-block",
        tuple(layers),
        samples=TOKENS // length // GPT2_EPOCHS,
        batch=GPT2_BATCH,
        epochs=GPT2_EPOCHS,
        whole=False,
    )


def _check_length(length: int) -> None:
    check_integer("Length", length, 1, 1 << 16)


def _self_attention(name: str, length: int, width: int, heads: int) -> list[Layer]:
    return [
        Layer(f"{name}.self.qkv", length, width, 3 * width),
        *_attention(f"{name}.self", length, width, heads),
    ]


def _attention(name: str, length: int, width: int, heads: int) -> list[Layer]:
    """Return the scores, the weighted sums of values, and the output projection."""
    return [
        Layer(f"{name}.scores", length, width // heads, length, heads, weights=False),
        Layer(f"{name}.values", length, length, width // heads, heads, weights=False),
        Layer(f"{name}.out", length, width, width),
    ]


def _feed_forward(name: str, length: int, width: int, inside: int) -> list[Layer]:
    return [
        Layer(f"{name}.up", length, width, inside),
        Layer(f"{name}.down", length, inside, width),
    ]
