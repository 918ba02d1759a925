"""What a deployed binary may ask of the machine that it runs on."""

import re
import sys

from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection

# The host's images are not published; the oldest public one has 2.31.
GLIBC = (2, 31)

# What every glibc brings along. Anything else would have to be in the host's image.
LIBRARIES = {"ld-linux-x86-64.so.2", "libc.so.6", "libdl.so.2", "libm.so.6", "libpthread.so.0", "librt.so.1"}


def check_binary(path):
    """Yields what is wrong with it; prints what it needs. A static binary needs nothing."""
    with path.open("rb") as file:
        elf = ELFFile(file)
        if elf["e_machine"] != "EM_X86_64":
            yield f"{path.name} is for {elf['e_machine']}"
        versions, libraries = set(), set()
        for section in elf.iter_sections():
            if isinstance(section, GNUVerNeedSection):
                versions |= {version.name for _, needed in section.iter_versions() for version in needed}
        if dynamic := elf.get_section_by_name(".dynamic"):
            libraries = {tag.needed for tag in dynamic.iter_tags("DT_NEEDED")}
    newest = (0, 0)
    for version in sorted(versions):
        match = re.fullmatch(r"GLIBC_(\d+)\.(\d+)(?:\.\d+)?", version)
        if not match:
            yield f"{path.name} needs the symbol version {version}"
            continue
        number = (int(match[1]), int(match[2]))
        newest = max(newest, number)
        if number > GLIBC:
            yield f"{path.name} needs {version}, newer than GLIBC_{GLIBC[0]}.{GLIBC[1]}"
    for library in sorted(libraries - LIBRARIES):
        yield f"{path.name} needs the library {library}"
    print(
        f"{path.name}: {path.stat().st_size} bytes, glibc {newest[0]}.{newest[1]}, needs {' '.join(sorted(libraries))}",
        file=sys.stderr,
    )
