"""Brings the texts of translations/ up to date with the window's code, and compiles them: `make translations`.

English has a file for its plurals only, which follow from how they are written ("%Ln VM(s)"); every other language has
one with all texts. To begin with another language: `make translations LANGUAGE=fr`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "translations"
ENGLISH = FOLDER / "vmi-console_en.ts"
UNFINISHED = re.compile(
    r"(<source>)([^<]*)(</source>(?:(?!</message>).)*?)"
    r"<translation type=\"unfinished\">(?:(?!</message>).)*?</translation>",
    flags=re.DOTALL,
)


def main() -> int:
    """Updates and compiles every language there is, and those named; gives the exit code."""
    named = [FOLDER / f"vmi-console_{language}.ts" for language in sys.argv[1:]]
    for file in sorted({*FOLDER.glob("vmi-console_*.ts"), *named}):
        update(file)
        if file == ENGLISH:
            file.write_text(with_plurals(file.read_text("utf-8")), "utf-8")
        fresh = file.with_suffix(".qm.new")  # a running window has the old one mapped: it must not change under it
        tool("lrelease", "-silent", str(file), "-qm", str(fresh))
        fresh.replace(file.with_suffix(".qm"))
        text = file.read_text("utf-8")
        print(f"{file.name}: {text.count('<source>')} texts, {text.count('unfinished')} of them not translated yet")
    return 0


def update(file: Path) -> None:
    """Adds the texts that are new in the code, and takes away those that are gone."""
    language = file.stem.removeprefix("vmi-console_")
    plural = ["-pluralonly"] if file == ENGLISH else []
    options = ["-silent", "-no-obsolete", *plural, "-locations", "none", "-extensions", "py"]
    languages = [] if file.exists() else ["-source-language", "en_US", "-target-language", language]
    tool("lupdate", *options, *languages, "vmi_console/gui", "-ts", str(file))


def with_plurals(text: str) -> str:
    """The English file with its plurals filled in: “%Ln match(es)” is “%Ln match” or “%Ln matches”."""

    def filled(message: re.Match[str]) -> str:
        one, many = re.sub(r"\((e?s)\)", "", message[2]), re.sub(r"\((e?s)\)", r"\1", message[2])
        forms = "".join(f"            <numerusform>{form}</numerusform>\n" for form in (one, many))
        return f"{message[1]}{message[2]}{message[3]}<translation>\n{forms}        </translation>"

    return UNFINISHED.sub(filled, text)


def tool(name: str, *arguments: str) -> None:
    """Runs one of Qt's tools, which come with PySide6."""
    subprocess.run([str(Path(sys.executable).with_name(f"pyside6-{name}")), *arguments], cwd=ROOT, check=True)


if __name__ == "__main__":
    sys.exit(main())
