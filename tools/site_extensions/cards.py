"""The picture that stands beside a link: a figure with white around it, or the one idea of the book with its title."""

import book
from PIL import Image, ImageDraw, ImageFont, ImageOps

from . import idea

WIDTH, HEIGHT, MARGIN = 1200, 630, 48
FONT = book.ROOT / "tools/site/static/fonts/source-serif-4-latin-wght-normal.woff2"
INK, MUTED, POSITIVE, NEGATIVE = "#14181c", "#545d68", (0, 103, 163), (196, 92, 10)
CLAIM = "Every linear operation is a matrix, its backward pass the transpose"
CELL, GAP = 14, 42  # pixels of the card for an entry of a matrix, and between two factors


def framed(picture) -> Image.Image:
    """As large as fits."""
    figure = Image.open(picture).convert("RGBA")
    return _centred(ImageOps.contain(figure, (WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN), Image.Resampling.LANCZOS))


def _centred(picture: Image.Image) -> Image.Image:
    card = Image.new("RGB", (WIDTH, HEIGHT), "white")
    card.paste(picture, ((WIDTH - picture.width) // 2, (HEIGHT - picture.height) // 2), picture)
    return card.quantize(256)


def _tile(values, kind: str) -> Image.Image:
    """A matrix on light gray, or a picture."""
    import torch

    strength = (values.abs() / values.abs().max())[..., None]
    colour = torch.where(values[..., None] > 0, torch.tensor(POSITIVE), torch.tensor(NEGATIVE))
    pixels = 245 + strength * (colour - 245) if kind == "matrix" else 255 * values[..., None].expand(-1, -1, 3)
    tile = Image.fromarray(pixels.round().clamp(0, 255).to(torch.uint8).numpy())
    return tile.resize((CELL * tile.width, CELL * tile.height), Image.Resampling.NEAREST)


def of_book(title: str) -> Image.Image:
    """The crop as a product: two matrices with the photograph between them."""
    found = idea.computed()
    tiles = [_tile(found["A_y"], "matrix"), _tile(found["I"], "gray"), _tile(found["A_x"].mT, "matrix"),
             _tile(found["crop"], "gray")]
    card = Image.new("RGBA", (WIDTH, HEIGHT), "white")
    draw, left = ImageDraw.Draw(card), (WIDTH - sum(tile.width for tile in tiles) - 3 * GAP) // 2
    for tile, sign in zip(tiles, ("", "", "", "="), strict=True):
        draw.text((left - GAP / 2, 220), sign, INK, _font(44, 500), anchor="mm")
        card.paste(tile, (left, 220 - tile.height // 2))
        left += tile.width + GAP
    draw.text((WIDTH / 2, 450), title, INK, _font(64, 620), anchor="mm")
    draw.text((WIDTH / 2, 530), CLAIM, MUTED, _font(33, 400), anchor="mm")
    return _centred(card)


def _font(size: int, weight: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(FONT, size)
    font.set_variation_by_axes([weight])
    return font
