"""`make schema`: write the JSON schema and the tables of the page anew."""

from lab.schema import build, tables


def main() -> None:
    """Write both files."""
    build.TARGET.write_text(build.text(), encoding="utf-8")
    tables.PAGE.write_text(tables.filled(tables.PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
