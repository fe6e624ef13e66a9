"""Writes images/ and images.json beside itself, or to the folder given: python make_images.py [FOLDER], with Pillow.
--json writes images.json alone, for the images that are there; the one here is by Pillow 9.4. Encoders differ from version to version
in their bytes, and the JPEG ones in their pixels: the images and the JSON belong together."""
import base64
import json
import pathlib
import struct
import sys
import zlib

import PIL
from PIL import Image

folder = pathlib.Path(next((a for a in sys.argv[1:] if a != "--json"), pathlib.Path(__file__).resolve().parent))
images = folder / "images"
width, height = 13, 11
places = [(x, y) for y in range(height) for x in range(width)]
colours = [(255 * x // 12, 255 * y // 10, (37 * x + 91 * y) % 256) for x, y in places]
rgb = Image.new("RGB", (width, height))
rgb.putdata(colours)
# JPEG blurs what the other images have; of a smooth image all decoders make nearly the same.
smooth = Image.new("RGB", rgb.size)
smooth.putdata([(255 * x // 12, 255 * y // 10, 255 * (22 - x - y) // 22) for x, y in places])
alpha = Image.new("L", rgb.size)
alpha.putdata([3 * x * y % 256 for x, y in places])


def save(image, name, **options):
    image.save(images / name, **options)


def with_alpha(image):
    image = image.copy()
    image.putalpha(alpha)
    return image


def png16(name, colour_type, samples):
    """Pillow writes no 16-bit RGB."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = len(samples) // height
    rows = (b"\0" + struct.pack(f">{row}H", *samples[y * row : (y + 1) * row]) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0)
    parts = (b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows), 9)), (b"IEND", b"")
    (images / name).write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts))


def top_down(name):
    """A BMP with a negative height, whose first row is the upper one."""
    pixels = b"".join(struct.pack("BBBB", b, g, r, 0) for r, g, b in colours)
    info = struct.pack("<IiiHHIIiiII", 40, width, -height, 1, 32, 0, 0, 0, 0, 0, 0)
    (images / name).write_bytes(struct.pack("<2sIHHI", b"BM", 54 + len(pixels), 0, 0, 54) + info + pixels)


def make():
    images.mkdir(parents=True, exist_ok=True)
    grey, bilevel, cmyk = rgb.convert("L"), rgb.convert("1"), rgb.convert("CMYK")
    palette = rgb.convert("P")
    values = [v for colour in colours for v in colour]
    for ending in ("png", "bmp", "ppm", "tif"):
        save(rgb, f"rgb.{ending}")
    for ending in ("png", "bmp", "pgm"):
        save(grey, f"grey.{ending}")
    for ending in ("png", "bmp", "pbm"):
        save(bilevel, f"bilevel.{ending}")
    for ending in ("png", "bmp"):
        save(with_alpha(rgb), f"rgba.{ending}")
    save(with_alpha(grey), "grey-alpha.png")
    save(palette, "palette.png")
    save(palette, "palette-transparent.png", transparency=3)
    save(palette, "indexed.gif")
    save(rgb, "lossless.webp", lossless=True)
    save(smooth, "420.jpg", subsampling=2, quality=80)
    save(smooth, "444.jpg", subsampling=0, quality=90)
    save(smooth, "progressive.jpg", progressive=True, subsampling=2, quality=80)
    save(smooth.convert("L"), "grey.jpg", quality=80)
    save(smooth.convert("CMYK"), "cmyk.jpg", quality=85)
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    save(smooth, "rotated-by-exif.jpg", exif=exif, subsampling=2, quality=80)
    save(cmyk, "cmyk.tiff", compression="tiff_lzw")
    png16("grey16.png", 0, [29 * x + 13 * y for x, y in places])
    png16("rgb16.png", 2, [251 * v + 7 for v in values])
    top_down("top-down.bmp")
    (images / "maxval.ppm").write_bytes(b"P6\n# a comment\n13 11\n100\n" + bytes(v % 101 for v in values))
    wide = struct.pack(f">{len(values)}H", *(37 * v % 1001 for v in values))
    (images / "wide.ppm").write_bytes(b"P6 13 11 1000\n" + wide)


def describe(path):
    with Image.open(path) as image:
        pixels = base64.b64encode(image.convert("RGB").tobytes()).decode()
        return {"mode": image.mode, "width": image.width, "height": image.height, "rgb": pixels}


if "--json" not in sys.argv:
    make()
files = {path.name: describe(path) for path in sorted(images.iterdir())}
(folder / "images.json").write_text(json.dumps({"pillow": PIL.__version__, "files": files}, indent=1))
