"""Pictures of pages for docs/images: few colours, so that they are small.

With PICTURES=docs/images they go there (`make pictures`), and to var/looks otherwise.
"""

import os
import struct
import zlib
from base64 import b64decode, b64encode
from pathlib import Path

from playwright.sync_api import Page

# The 256 commonest colours, and for each other colour the nearest of them.
FEW_COLOURS = """async (png) => {
  const blob = await (await fetch("data:image/png;base64," + png)).blob();
  const image = await createImageBitmap(blob);
  const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
  canvas.drawImage(image, 0, 0);
  const pixels = new Uint32Array(canvas.getImageData(0, 0, image.width, image.height).data.buffer);
  const times = new Map();
  for (const pixel of pixels) times.set(pixel, (times.get(pixel) ?? 0) + 1);
  const kept = [...times].sort((a, b) => b[1] - a[1]).slice(0, 256).map(([pixel]) => pixel);
  const parts = (p) => [p & 255, (p >> 8) & 255, (p >> 16) & 255];
  const far = (a, b) => (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2;
  const palette = kept.map(parts);
  const place = new Map(kept.map((pixel, index) => [pixel, index]));
  for (const pixel of times.keys()) {
    if (place.has(pixel)) continue;
    const own = parts(pixel);
    let best = 0;
    palette.forEach((each, index) => {
      if (far(each, own) < far(palette[best], own)) best = index;
    });
    place.set(pixel, best);
  }
  let text = "";
  for (const pixel of pixels) text += String.fromCharCode(place.get(pixel));
  return [image.width, image.height, palette.flat(), btoa(text)];
}"""


def picture(page: Page, name: str) -> None:
    """Leave a picture of what the window shows."""
    folder = Path(os.environ.get("PICTURES", "var/looks"))
    folder.mkdir(parents=True, exist_ok=True)
    shot = page.screenshot(animations="disabled", caret="hide")
    blank = page.context.browser
    assert blank is not None
    apart = blank.new_page()
    width, height, palette, pixels = apart.evaluate(FEW_COLOURS, b64encode(shot).decode())
    apart.close()
    (folder / f"{name}.png").write_bytes(_png(width, height, bytes(palette), b64decode(pixels)))


def _png(width: int, height: int, palette: bytes, pixels: bytes) -> bytes:
    lines = b"".join(b"\0" + pixels[y * width : (y + 1) * width] for y in range(height))
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0))
        + _chunk(b"PLTE", palette)
        + _chunk(b"IDAT", zlib.compress(lines, 9))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
