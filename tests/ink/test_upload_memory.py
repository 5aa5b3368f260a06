"""What the largest pictures that are let in cost while they are decoded, each measured in a process of its own."""

import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from .shapes import encoded

pytestmark = pytest.mark.slow

STATUS = Path("/proc/self/status")
LARGEST = (4_032, 3_024)  # 11.6 Mi pixels, just below the limit of what is kept whole while it is decoded
LARGEST_JPEG = (7_000, 7_000)

# In MiB. A pixel is 4 bytes to Pillow, 2 of 16-bit grey; what has alpha is there twice while it is made smaller, and
# three times if the alpha has to be found first; libwebp keeps three copies beside Pillow's own, libjpeg 6 bytes of
# coefficients. The rest is for the small picture and for what the allocator does not give back at once.
COSTS = {
    "16-bit grey PNG": (lambda: encoded(Image.new("I;16", LARGEST, 999), compress_level=1), 2 * 11.6 + 30),
    "colour PNG": (lambda: encoded(Image.new("RGB", LARGEST), compress_level=1), 4 * 11.6 + 30),
    "PNG with alpha": (lambda: encoded(Image.new("RGBA", LARGEST), compress_level=1), 8 * 11.6 + 30),
    "PNG with a transparent colour": (
        lambda: encoded(Image.new("RGB", LARGEST), compress_level=1, transparency=(9, 9, 9)),
        12 * 11.6 + 30,
    ),
    "lossless WebP with alpha": (
        lambda: encoded(Image.new("RGBA", LARGEST, (1, 2, 3, 99)), "WEBP", lossless=True, quality=0, method=0),
        16 * 11.6 + 30,
    ),
    "progressive JPEG": (
        lambda: encoded(Image.new("RGB", LARGEST), "JPEG", progressive=True, subsampling=0),
        6 * 11.6 + 30,
    ),
    "JPEG": (lambda: encoded(Image.new("RGB", LARGEST_JPEG), "JPEG"), 60),
}

# The peak of its own memory: unlike ru_maxrss, it does not start with that of the process that started it.
MEASURED = """
import re, sys
from pathlib import Path
from recognizer.ink import Limits, read_upload

def peak_kib():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

data = sys.stdin.buffer.read()
read_upload(Path(sys.argv[1]).read_bytes())
before = peak_kib()
read_upload(data, Limits(max_pixels=50_000_000))
print((peak_kib() - before) / 1024)
"""


@pytest.mark.skipif(not STATUS.exists(), reason="only Linux tells the peak of a process's memory")
@pytest.mark.parametrize(("make", "most_mib"), COSTS.values(), ids=COSTS.keys())
def test_the_largest_picture_of_its_kind_costs_little_memory(make, most_mib, tmp_path):
    data = make()
    small = tmp_path / "small"  # so that the decoder's own code is not counted
    kind = Image.open(BytesIO(data)).format
    small.write_bytes(encoded(Image.new("RGB", (60, 50)), kind))
    command = [sys.executable, "-c", MEASURED, str(small)]
    done = subprocess.run(command, input=data, capture_output=True, check=True, timeout=60)
    assert 0 < float(done.stdout) < most_mib
